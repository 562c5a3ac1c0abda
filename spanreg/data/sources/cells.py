"""Single values of a table: whether one is missing, its spelling, its number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from spanreg.text.numbers import is_number, is_whole

SEVERAL: Final = "for any number of labels give kind 'multi_label', for one on each token 'token_classification'"
"Hint for a list where one label is expected."

GIVE_ONE: Final = "give one, or leave the example out"
"Hint for a missing label."


def is_missing(value: Any, typed: bool) -> bool:
    """Return whether a cell has no value: null, NaN among numbers, or nothing between two separators.

    Args:
        value: the cell.
        typed: whether the format distinguishes numbers from strings.
    """
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (not typed and value == "")


def spelling(value: Any, words: Sequence[str] = ()) -> str | None:
    """Return a label as text: strings unchanged, numbers and booleans as in JSON; None for other values.

    Args:
        value: the cell.
        words: the words that the source itself gives its label ids; a whole number is then replaced by its word.
    """
    # bool is a subclass of int, so it has to come first: str(True) is not what JSON writes.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        value = str(value)
    if not isinstance(value, str):
        return None
    number = as_id(value, len(words)) if words and value not in words else None
    return value if number is None else words[number]


def as_id(text: str, count: int) -> int | None:
    """Return a text as a whole number from 0 to ``count - 1``; None for any other text."""
    # int() of a long string takes quadratic time, and no task has a billion labels.
    number = int(text) if len(text) < 10 and is_whole(text) else -1
    return number if 0 <= number < count else None


def as_number(value: Any, typed: bool) -> float | None:
    """Return a value as a number; None for other values, and for strings in a format that has numbers.

    Args:
        value: the cell.
        typed: whether the format distinguishes numbers from strings.
    """
    if isinstance(value, str):
        text = value.strip(" ")
        return float(text) if not typed and is_number(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return float(value)
    except OverflowError:  # of whole numbers beyond 1e308
        return math.inf


def shown(value: Any) -> str:
    """Return a value as an error message shows it, at most 60 characters long."""
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
