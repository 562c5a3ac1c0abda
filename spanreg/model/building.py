"""Components from their configs, for new models and for those read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from spanreg.registry import ConfigurationError, Params


def complete(components: Mapping[str, Any], labels: Sequence[str]) -> dict[str, Any]:
    """The four families' configs, with the defaults of those that are not given, in the order of the data.

    Raises:
        ConfigurationError: no encoder.
    """
    if not components.get("encoder"):
        raise ConfigurationError("a model needs an encoder", path="encoder", hint="give the config of one")
    defaults = {"aggregator": "none", "fusion": "concat", "head": "classification" if labels else "regression"}
    given = {family: components.get(family) for family in ("encoder", *defaults)}
    return {family: deepcopy(given[family] or {"type": defaults[family]}) for family in given}


def build(base: Any, params: Any, path: str, **extras: Any) -> Any:
    """A component of family ``base`` from its config.

    Args:
        base: the family.
        params: the config; a bare string stands for its ``type``.
        path: key path of the config, for errors.
        extras: handed down by argument name.

    Raises:
        ConfigurationError: the config does not fit; all its problems at once.
    """
    given = {"type": params} if isinstance(params, str) else dict(params)
    return base.from_params(Params(given, history=f"{path}."), **extras)
