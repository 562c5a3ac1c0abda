"""How many examples of each split are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

from spanreg.registry import AtLeast, ConfigurationError, suggest

Limit = Annotated[int, AtLeast(1)] | dict[str, Annotated[int, AtLeast(1)]]
"A number for every split, or numbers by split: ``{train: 1000}`` reads all of the others."


def limit_of(limit: Limit | None, split: str, splits: Callable[[], Iterable[str]]) -> int | None:
    """Return how many examples of a split are read, None for all.

    Args:
        limit: what the config says.
        split: the split.
        splits: gives the names of all splits.

    Raises:
        ConfigurationError: the config limits a split that is not there.
    """
    if not isinstance(limit, dict):
        return limit
    known = list(splits())
    for name in limit:
        if name not in known:
            hint = suggest(name, known, "splits")
            raise ConfigurationError(f"there is no split '{name}' to limit", path=f"limit.{name}", hint=hint)
    return limit.get(split)
