"""Apply patches to a base config: the config of an arm, and the keys of the base that it loses."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spanreg.registry import DroppedKey, fit_swaps
from spanreg.training.config.experiment_plan import experiment_class

PATCH = "patch"
"The key that makes an arm an object with options, rather than a bare patch."


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One change of the base.

    ``ConfigChange("arms.plain", "aggregator", "none").patch`` is ``{"aggregator": "none"}``.
    """

    origin: str
    "Key path in the study file, for instance ``arms.plain`` or ``axes.segmenter.random``."
    at: str
    "Key path in the config; empty for a patch of the whole."
    value: Any

    @property
    def patch(self) -> dict[str, Any]:
        """The change as a nested patch of the whole config."""
        return nested(self.at, self.value) if self.at else expanded(self.value)


def apply(base: Mapping[str, Any], pieces: tuple[ConfigChange, ...]) -> tuple[dict[str, Any], tuple[DroppedKey, ...]]:
    """Return the base with all pieces applied in order, and the keys that a swapped component does not take.

    A mapping is merged into the base key by key, so a patch contains only what differs; a list or a plain value
    replaces that of the base. A bare string where the base has a component is the new ``type`` of the component. Where
    a ``type`` changes, keys of the base that the new class takes are kept, the others are dropped.
    """
    merged = copy.deepcopy(dict(base))
    for piece in pieces:
        merged = merge(merged, piece.patch)
    # Keys are fitted after all pieces, since a later piece may change a type that an earlier one has set.
    fitted, dropped = fit_swaps(base, merged, experiment_class())
    return fitted, tuple(dropped)


def merge(base: Any, patch: Any) -> Any:
    """Return one value changed by another."""
    # A bare string is short for a component's type, so both sides may have either form.
    if isinstance(base, Mapping) and isinstance(patch, str):
        patch = {"type": patch}
    if isinstance(base, str) and isinstance(patch, Mapping):
        base = {"type": base}
    if not isinstance(base, Mapping) or not isinstance(patch, Mapping):
        # Arms share their pieces, and a change of one config must not reach another.
        return copy.deepcopy(patch)
    return {**base, **{key: merge(base.get(key), value) for key, value in patch.items()}}


def expanded(patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return a patch with dotted keys as nested ones."""
    whole: dict[str, Any] = {}
    for key, value in patch.items():
        whole = merge(whole, nested(key, value))
    return whole


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return ``{"a": {"b": value}}`` for the path ``a.b``."""
    for key in reversed(path.split(".")):
        value = {key: value}
    found: dict[str, Any] = value
    return found


def depth_of(path: str, patch: Any) -> int:
    """Return how many keys of a dotted path a patch contains, from its top."""
    depth = 0
    for key in path.split("."):
        # A patch may hold whole lists, whose items have numbers in key paths.
        if isinstance(patch, list) and key.isdecimal() and int(key) < len(patch):
            patch = patch[int(key)]
        elif isinstance(patch, Mapping) and key in patch:
            patch = patch[key]
        else:
            break
        depth += 1
    return depth
