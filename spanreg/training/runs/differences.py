"""The differences of two configs, key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from spanreg.training.config.forms.equality import equal_values

_MISSING = object()
"The value of a key that one of the configs does not have; null is a value."


def differing_keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return a line for each key that differs, ``training.epochs: 3 -> 5``, sorted by key; lists are one value."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    return [
        f"{key}: {_spell(before.get(key, _MISSING))} -> {_spell(after.get(key, _MISSING))}"
        for key in sorted(before.keys() | after.keys())
        if not equal_values(before.get(key, _MISSING), after.get(key, _MISSING))
    ]


def canonical(config: Any) -> str:
    """Return a text that is the same for equal configs: the order of keys is ignored, and 3 equals 3.0."""
    return json.dumps(_integral(config), sort_keys=True)


def _integral(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _integral(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_integral(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _leaves(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        # An empty object is a leaf, so that a config with it differs from one without the key.
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, f"{path}{key}.")
        else:
            yield f"{path}{key}", inner


def _spell(value: Any) -> str:
    return "(not given)" if value is _MISSING else json.dumps(value, ensure_ascii=False)
