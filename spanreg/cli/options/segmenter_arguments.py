"""Build segmenters from command-line arguments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from spanreg.cli.options.argument_errors import under_arguments
from spanreg.registry import ConfigurationError

if TYPE_CHECKING:
    from spanreg.dictionaries.base import SpanDictionary
    from spanreg.segmenters.base import Segmenter


_FORM: Final = 'give a name, or {"type": "viterbi", ...}'


def build_segmenters(given: Sequence[str], dictionary: SpanDictionary) -> dict[str, Segmenter]:
    """Return segmenters by a short name.

    Args:
        given: registered names, or configs as JSON.
        dictionary: dictionary for segmenters that take one.

    Raises:
        ConfigurationError: a name is not registered, or a config is wrong.
    """
    from spanreg.segmenters.base import Segmenter

    built: dict[str, Segmenter] = {}
    for text in given:
        config = _config(text)
        with under_arguments(lambda key: f"--segmenter {key}"):
            segmenter: Segmenter = Segmenter.from_params(config, dictionary=dictionary)
        # The texts are of no split: a segmenter may treat those of training differently.
        built[_name(config)] = segmenter.for_split(None)
    return built


def _name(value: Any) -> str:
    """Return a short name of a config: its type and its options."""
    if isinstance(value, list):
        return f"({', '.join(map(_name, value))})"
    if isinstance(value, dict):
        options = (_option(key, one) for key, one in value.items() if key != "type")
        return " ".join([str(value.get("type", "")), *options]).strip()
    return str(value)


def _option(key: str, value: Any) -> str:
    """Return an option of a short name, with its key if it is a number: ``max_match backward``, ``fixed words=3``."""
    return f"{key}={json.dumps(value)}" if isinstance(value, int | float) or value is None else _name(value)


def _config(text: str) -> dict[str, Any]:
    """Return the config of ``--segmenter``: a registered name, or an object in JSON."""
    if not text.lstrip().startswith("{"):
        return {"type": text}
    try:
        config = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"'{text}' is not JSON ({error})", path="--segmenter", hint=_FORM) from error
    if "type" not in config:
        raise ConfigurationError(f"'{text}' has no 'type'", path="--segmenter", hint=_FORM)
    return dict(config)
