"""Divide examples into named subsets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spanreg.studies.define.options.slice_expressions import SliceSpec

MOST_VALUES = 8
"Largest number of distinct words that each have a subset; rarer ones are joined."
MOST_NUMBERS = 4
"Largest number of distinct numbers that each have a subset; more of them are divided into thirds."

_LONGEST_WHOLE: Final = 1e15
"Whole numbers from here on are written with an exponent."

Subset = tuple[str, NDArray[np.bool_]]
"Name of a subset, and which examples belong to it."


def subsets_of(spec: SliceSpec, values: Sequence[Any]) -> list[Subset]:
    """Return the subsets that the values of a name divide the examples into; empty ones are left out.

    Args:
        spec: the slice.
        values: one for each example: numbers, or anything that has a text.
    """
    # True and false are numbers for Python, but names for a reader.
    known = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    has_numbers = bool(known) and len(known) + sum(value is None for value in values) == len(values)
    return _of_numbers(spec.text, values) if has_numbers else _of_words(spec.text, values)


def subsets_of_condition(spec: SliceSpec, names: Sequence[str], values: Sequence[Sequence[Any]]) -> list[Subset]:
    """Return the examples for which a condition holds, and the others.

    Raises:
        ConfigurationError: values of two kinds are compared.
    """
    rows = (dict(zip(names, own, strict=True)) for own in zip(*values, strict=True))
    holds = np.array([spec.holds(row) for row in rows], dtype=np.bool_)
    found: list[Subset] = [(spec.text, holds), (f"not ({spec.text})", ~holds)]
    return [(name, chosen) for name, chosen in found if chosen.any()]


def _of_words(name: str, values: Sequence[Any]) -> list[Subset]:
    """Return a subset for each of the most frequent words, and one for the others."""
    words = np.array(["none" if value is None else str(value) for value in values], dtype=object)
    # Equally frequent words in alphabetical order, so that a report is the same for reordered data.
    counts = sorted(Counter(words.tolist()).items(), key=lambda pair: (-pair[1], pair[0]))
    own = [word for word, _ in counts[:MOST_VALUES]]
    found: list[Subset] = [(f"{name} = {word}", words == word) for word in own]
    if len(counts) > MOST_VALUES:
        rest = "any other" if "other" in own else "other"
        found.append((f"{name} = {rest}", ~np.isin(words, np.array(own, dtype=object))))
    return found


def _of_numbers(name: str, values: Sequence[Any]) -> list[Subset]:
    """Return a subset for each of a few distinct numbers, otherwise thirds; missing values have their own subset."""
    numbers = np.array([np.nan if value is None else float(value) for value in values])
    known = numbers[~np.isnan(numbers)]
    distinct = np.unique(known)
    if distinct.size <= MOST_NUMBERS:
        texts = _distinct_texts(distinct.tolist(), digits=6)
        found: list[Subset] = [
            (f"{name} = {text}", numbers == value) for text, value in zip(texts, distinct, strict=True)
        ]
    else:
        # Each limit is a value that occurs, so that equal values are never divided.
        lower, upper = np.quantile(known, (1 / 3, 2 / 3), method="inverted_cdf")
        parts = [numbers <= lower, (numbers > lower) & (numbers <= upper), numbers > upper]
        parts = [part for part in parts if part.any()]
        ends = [float(end) for part in parts for end in (numbers[part].min(), numbers[part].max())]
        texts = _distinct_texts(ends, digits=3)
        found = [
            (f"{name} {first} to {last}", part)
            for first, last, part in zip(texts[::2], texts[1::2], parts, strict=True)
        ]
    if np.isnan(numbers).any():
        found.append((f"{name} = none", np.isnan(numbers)))
    return found


def _distinct_texts(numbers: Sequence[float], digits: int) -> list[str]:
    """Return numbers as text: whole ones in full, others with as few digits as keep different numbers different.

    Args:
        numbers: the numbers.
        digits: smallest number of significant digits.
    """
    texts: list[str] = []
    # 17 digits distinguish any two numbers of 64 bits.
    for count in range(digits, 18):
        texts = [
            f"{number + 0.0:.0f}" if number.is_integer() and abs(number) < _LONGEST_WHOLE else f"{number:.{count}g}"
            for number in numbers
        ]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts
