"""Write a config from Python as the plain values that Jsonnet would give."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import PurePath
from typing import Any

from spanreg.registry.errors import ConfigurationError, Problem
from spanreg.registry.names import spell_value


def plain_config(value: Any) -> Any:
    """Return a config from Python as plain values: dicts, lists, strings, numbers, booleans and None.

    Tuples become lists, paths strings, numbers of numpy those of Python, and whole floats integers, as Jsonnet writes
    them. A class becomes its config without arguments.

    >>> plain_config({"epochs": 3.0, "kernel_sizes": (3, 5)})
    {'epochs': 3, 'kernel_sizes': [3, 5]}

    Raises:
        ConfigurationError: a value cannot be part of a config; all of them at once.
    """
    problems: list[Problem] = []
    found = _plain(value, "", problems)
    if problems:
        raise ConfigurationError(problems)
    return found


def _plain(value: Any, path: str, problems: list[Problem]) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Mapping):
        # Problems are collected here and in the values below, so that one call reports all of them.
        for key in (key for key in value if not isinstance(key, str)):
            problems.append(Problem(f"the key {key!r} is not a string", path, "give strings as keys"))
        return {key: _plain(item, f"{path}.{key}" if path else str(key), problems) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}.{place}" if path else str(place), problems) for place, item in enumerate(value)]
    if isinstance(value, PurePath):
        return str(value)
    # The abstract types include the numbers of numpy, which is not imported here. A boolean was returned above.
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        number = float(value)
        if not math.isfinite(number):
            problems.append(Problem(f"is {number}", path, "give a finite number"))
            return 0
        return int(number) if number.is_integer() else number
    if isinstance(value, type) and hasattr(value, "from_params"):
        return _plain(value.config(), path, problems)  # type: ignore[attr-defined]
    hint = "give plain values, and components by their classes: HierarchicalCnn.config(kernel_size=3)"
    problems.append(Problem(f"is {spell_value(value)}, which a config cannot hold", path, hint))
    return None
