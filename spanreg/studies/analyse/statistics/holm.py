"""Correct p-values for the number of comparisons in a table."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return adjusted p-values that bound the probability of any false alarm by the level (Holm 1979).

    In ascending order, the i-th of m p-values is multiplied by m - i + 1, and is at least the previous one and at most
    1. Unlike corrections for the false discovery rate, this bounds the probability of even one false star in a table,
    and unlike Hochberg's, it needs no assumption on how the tests depend on one another: all arms share a baseline.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        # The procedure stops at the first p-value above its level, so no later one may have a smaller adjusted value.
        largest = max(largest, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = largest
    return adjusted


def holm_known(p_values: Sequence[float | None], missing: int = 0) -> list[float | None]:
    """Return adjusted p-values of a family in which some are not known; these count as 1, and stay None.

    Counting them keeps a star that an unfinished study shows: further p-values can only take the place of ones.

    Args:
        p_values: the p-values of the tests so far.
        missing: number of further tests of the family, which count as 1 as well.
    """
    adjusted = holm([1.0 if p is None else p for p in p_values] + [1.0] * missing)
    # Not strict: the values of the missing tests are the last, and are left out.
    return [None if p is None else one for p, one in zip(p_values, adjusted, strict=False)]
