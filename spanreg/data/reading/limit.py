"""Limit on the number of examples read from each split."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated

from spanreg.registry import AtLeast, ConfigurationError, suggest

Limit = Annotated[int, AtLeast(1)] | dict[str, Annotated[int, AtLeast(1)]]
"A number for every split, or numbers by split; ``{train: 1000}`` does not limit the others."


def limit_of(limit: Limit | None, split: str, splits: Callable[[], Iterable[str]]) -> int | None:
    """Return the number of examples to read from a split; None for all.

    Args:
        limit: the config key ``limit``.
        split: the split.
        splits: returns the names of all splits; called only if the limit names splits.

    Raises:
        ConfigurationError: the limit names a split that does not exist.
    """
    if not isinstance(limit, dict):
        return limit
    known = list(splits())
    for name in limit:
        if name not in known:
            hint = suggest(name, known, "splits")
            raise ConfigurationError(f"there is no split '{name}' to limit", path=f"limit.{name}", hint=hint)
    return limit.get(split)
