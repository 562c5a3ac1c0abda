"""Correct p-values for the number of comparisons in a table."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return adjusted p-values that bound the probability of any false alarm by the level (Holm 1979).

    In ascending order, the i-th of m p-values is multiplied by m - i + 1, and is at least the previous one and at most
    1.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        # Adjusted p-values must not decrease: a rejected hypothesis implies that all smaller p-values are rejected.
        largest = max(largest, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = largest
    return adjusted
