"""Equality of the values of configs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def equal_values(first: Any, second: Any) -> bool:
    """Return whether two values of a config are equal: 3 equals 3.0, as in JSON, but true does not equal 1."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(equal_values(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(equal_values, first, second))
    return bool(first == second) and isinstance(first, bool) == isinstance(second, bool)
