"""A limit on how deeply a config may be nested, so that recursive functions never run out of stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.registry.errors import ConfigurationError

MOST_LEVELS = 100
"Far more than a config needs, and few enough for Python's 1,000 calls, of which a plan takes several for each level."


def check_nesting(value: Any, path: str = "", file: str = "") -> None:
    """Raise an error if lists and objects are nested more than ``MOST_LEVELS`` levels deep.

    Raises:
        ConfigurationError: with the given path, or the outermost key without one.
    """
    # A recursive check would itself run out of stack.
    left: list[tuple[Any, tuple[str, ...]]] = [(value, (path,) if path else ())]
    while left:
        here, keys = left.pop()
        if len(keys) > MOST_LEVELS:
            raise too_deep(keys[0], file)
        # Params wrap their values on the way out, which itself needs a step of the stack for each level.
        here = getattr(here, "params", here) if isinstance(here, Mapping) else here
        if isinstance(here, Mapping):
            left.extend((item, (*keys, str(key))) for key, item in here.items() if isinstance(item, Mapping | list))
        elif isinstance(here, list):
            left.extend((item, (*keys, str(at))) for at, item in enumerate(here) if isinstance(item, Mapping | list))


def too_deep(path: str = "", file: str = "") -> ConfigurationError:
    """Return the error for a config that is nested too deeply."""
    return ConfigurationError("is nested too deeply", path=path, file=file, hint=f"give at most {MOST_LEVELS} levels")
