"""Dictionaries that a segmenter brings along, moved into the run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from spanreg.data.base import DatasetReader
from spanreg.dictionaries.artefact import write_dictionary
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import ConfigurationError, Params, signature_of
from spanreg.segmenters.base import Segmenter


def save_dictionaries(segmenter: Mapping[str, Any], folder: Path, data: DatasetReader) -> dict[str, Any]:
    """Copies each dictionary of a segmenter's config into a run folder.

    Args:
        segmenter: the config.
        folder: the run folder; the copies are ``dictionaries/0.parquet`` and so on.
        data: the task, for dictionaries that adapt to it.

    Returns:
        The config with the copies in the dictionaries' places, by paths relative to the folder.
    """
    saved = 0

    def save(config: Any) -> dict[str, Any]:
        nonlocal saved
        place = f"dictionaries/{saved}.parquet"
        saved += 1
        params = Params({"type": config} if isinstance(config, str) else dict(config))
        dictionary = SpanDictionary.from_params(params, data=data)
        write_dictionary(dictionary.table(), folder / place)
        return {"type": "file", "path": place}

    replaced: dict[str, Any] = _replace(segmenter, save)
    return replaced


def located_dictionaries(segmenter: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The config that ``save_dictionaries`` gave, with the paths of the folder's present place."""
    replaced: dict[str, Any] = _replace(segmenter, lambda file: {**file, "path": str(folder / file["path"])})
    return replaced


def _replace(config: Any, change: Callable[[Any], Any]) -> Any:
    """A segmenter's config whose dictionaries, however deep in other segmenters, have been changed."""
    if isinstance(config, Mapping):
        keys = _dictionary_keys(config)
        return {
            key: change(value) if key in keys and value is not None else _replace(value, change)
            for key, value in config.items()
        }
    return [_replace(value, change) for value in config] if isinstance(config, list) else config


def _dictionary_keys(config: Mapping[str, Any]) -> set[str]:
    """The arguments under which a segmenter takes dictionaries, by their types."""
    try:
        segmenter, _ = Segmenter.find(config["type"])
    except (KeyError, ConfigurationError):
        return set()  # no segmenter: plain options, or another kind of component
    return {argument.name for argument in signature_of(segmenter).arguments if _is_dictionary(argument.annotation)}


def _is_dictionary(annotation: Any) -> bool:
    return annotation is SpanDictionary or any(map(_is_dictionary, get_args(annotation)))
