"""Components from their JSON, for new models and for those read back."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from spanreg.registry import ConfigurationError, Registrable

T = TypeVar("T", bound=Registrable)


def complete(components: Mapping[str, Any], labels: Sequence[str]) -> dict[str, Any]:
    """The four families' configs, with the defaults of those that are not given, in the order of the data."""
    if "encoder" not in components:
        raise ConfigurationError("a model needs an encoder", path="encoder", hint="give the config of one")
    defaults = {"aggregator": "none", "fusion": "concat", "head": "classification" if labels else "regression"}
    given = {family: components.get(family) for family in ("encoder", *defaults)}
    return {family: deepcopy(given[family] or {"type": defaults[family]}) for family in given}


def build(base: type[T], params: Any, path: str, **extras: Any) -> T:
    """A component of family ``base`` from its config; ``extras`` are handed down by argument name.

    Raises:
        ConfigurationError: the config does not fit, with ``path`` in front of the key path.
    """
    given = {"type": params} if isinstance(params, str) else dict(params)
    name = given.pop("type", None) or base.default_implementation
    package = base.__module__.rpartition(".")[0]
    importlib.import_module(f"{package}.{name}")
    chosen = base.by_name(name)
    wanted = inspect.signature(chosen).parameters
    return chosen(**given, **{key: value for key, value in extras.items() if key in wanted})
