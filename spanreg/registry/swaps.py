"""Swapping a component for another: the keys that the new class takes stay, the others are dropped and named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from spanreg.registry.components import choose, constructor_of
from spanreg.registry.errors import ConfigurationError
from spanreg.registry.lazy import Lazy
from spanreg.registry.registrable import Registrable, is_base
from spanreg.registry.signatures import signature_of
from spanreg.registry.sources import current


@dataclass(frozen=True, slots=True)
class Dropped:
    """A key that did not survive a swap."""

    path: str
    value: Any
    component: str
    "Name of the class that does not take it."

    def __str__(self) -> str:
        return f"{self.path}: dropped, {self.component} does not take it"


def fit_swaps(before: Mapping[str, Any], after: Mapping[str, Any], root: type) -> tuple[dict[str, Any], list[Dropped]]:
    """``after`` without the keys that it only inherited from ``before`` and that a newly chosen class does not take.

    A key that the override itself brought or changed is kept, so that a mistake in it is still reported.

    Args:
        before: the config that was overridden.
        after: the same config with overrides applied.
        root: the class of the whole config, or its stand-in.
    """
    dropped: list[Dropped] = []
    fitted = _fit(root, before, after, "", dropped)
    return fitted, dropped


def _fit(annotation: Any, before: Any, after: Any, path: str, dropped: list[Dropped]) -> Any:
    if isinstance(after, list) and isinstance(before, list):
        inner = (get_args(annotation) or (Any,))[0]
        padded = [*before, *[None] * len(after)]
        return [
            _fit(inner, old, new, f"{path}.{index}", dropped)
            for index, (old, new) in enumerate(zip(padded, after, strict=False))
        ]
    if not isinstance(after, Mapping) or not isinstance(before, Mapping):
        return after
    for cls in _classes(annotation):
        try:
            return _fit_component(cls, before, after, path, dropped)
        except ConfigurationError:
            continue  # a type that is not registered: the check that follows says so
    return after


def _fit_component(
    cls: type, before: Mapping[str, Any], after: Mapping[str, Any], path: str, dropped: list[Dropped]
) -> dict[str, Any]:
    target, signature = constructor_of(cls, after)
    swapped = is_base(cls) and _chosen(cls, before) != _chosen(cls, after)
    types = {argument.name: argument.annotation for argument in signature.arguments}
    fitted = {}
    for key, value in after.items():
        below = f"{path}.{key}" if path else key
        inherited = key in before and before[key] == value
        if swapped and inherited and key not in types and key != "type" and signature.rest is None:
            dropped.append(Dropped(below, value, target.name))
        else:
            fitted[key] = _fit(types.get(key, Any), before.get(key), value, below, dropped)
    return fitted


def _chosen(cls: type, given: Mapping[str, Any]) -> Any:
    try:
        return choose(cls, given)[0]
    except ConfigurationError:
        return None


def _classes(annotation: Any) -> Iterator[type]:
    """The classes that a type may stand for: members of unions, what is inside ``Lazy`` and ``Annotated``."""
    origin = get_origin(annotation) or annotation
    if isinstance(origin, type) and origin is not Lazy and origin.__module__ != "types":
        cls = current(origin)
        if issubclass(cls, Registrable) or signature_of(cls).arguments:
            yield cls
        return
    for member in get_args(annotation):
        yield from _classes(member)
