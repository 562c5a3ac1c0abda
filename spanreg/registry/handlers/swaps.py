"""Replace components by overrides: keep the keys that the new class takes, drop and report the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, get_args, get_origin

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.handlers.components import choose, constructor_of
from spanreg.registry.handlers.possible_types import possible_types
from spanreg.registry.planning.signatures import signature_of
from spanreg.registry.registrable import is_base
from spanreg.registry.source.classes import current


@dataclass(frozen=True, slots=True)
class DroppedKey:
    """A key that was dropped because the new component does not take it.

    ``fit_swaps(before, after, Experiment)[1][0].path``
    """

    path: str
    value: Any
    component: str
    "Name of the class that does not take it."

    def __str__(self) -> str:
        return f"{self.path}: dropped, {self.component} does not take it"


def fit_swaps(
    before: Mapping[str, Any], after: Mapping[str, Any], root: type
) -> tuple[dict[str, Any], list[DroppedKey]]:
    """Return an overridden config without inherited keys that a new component does not take, and these keys.

    ``fit_swaps(config, with_overrides(config, {"segmenter.type": "random"}), Experiment)``

    A key that the override sets or changes is kept, so that a mistake in it is still reported.

    Args:
        before: the config.
        after: the config with overrides applied.
        root: the class of the whole config, or its stand-in.
    """
    fitting = _SwapFitter()
    return fitting.fit(root, before, after, ""), fitting.dropped


@dataclass(frozen=True, slots=True)
class _SwapFitter:
    """One walk through two configs, guided by the types of the new one."""

    dropped: list[DroppedKey] = field(default_factory=list)

    def fit(self, annotation: Any, before: Any, after: Any, path: str) -> Any:
        # Equal parts cannot contain a swap; most of a config is equal.
        if before == after:
            return after
        if isinstance(before, list) and isinstance(after, list):
            inner = next((get_args(member)[0] for member in possible_types(annotation) if get_args(member)), Any)
            pairs = enumerate(zip_longest(before[: len(after)], after))
            return [self.fit(inner, old, new, f"{path}.{index}") for index, (old, new) in pairs]
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            return after
        for member in possible_types(annotation):
            cls = current(get_origin(member) or member)
            if isinstance(cls, type) and issubclass(cls, Mapping):
                inner = (*get_args(member), Any)[1] if get_args(member) else Any
                return {key: self.fit(inner, before.get(key), after[key], f"{path}.{key}") for key in after}
            if isinstance(cls, type) and (is_base(cls) or signature_of(cls).arguments):
                try:
                    return self._fit_component(cls, before, after, path)
                except ConfigurationError:
                    continue  # the type is not registered, which the following check reports
        return after

    def _fit_component(
        self, cls: type, before: Mapping[str, Any], after: Mapping[str, Any], path: str
    ) -> dict[str, Any]:
        target, signature = constructor_of(cls, after)
        swapped = is_base(cls) and _chosen(cls, before) != target
        types = {argument.name: argument.annotation for argument in signature.arguments}
        fitted = {}
        for key, value in after.items():
            below = f"{path}.{key}" if path else key
            inherited = key in before and before[key] == value
            # With ``**kwargs`` of unknown use (``rest``), the new class may take any key, so none is dropped.
            if swapped and inherited and key not in signature.names and key != "type" and signature.rest is None:
                self.dropped.append(DroppedKey(below, value, target.name))
            else:
                fitted[key] = self.fit(types.get(key, Any), before.get(key), value, below)
        return fitted


def _chosen(cls: type, given: Mapping[str, Any]) -> Any:
    """Return the class or function that a config selects; None if the config selects none."""
    try:
        return choose(cls, given)[0]
    except ConfigurationError:
        return None
