"""Figures as functions of sums over examples, so that thousands of resamples are one matrix product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class AdditiveScore(NamedTuple):
    """A figure that depends on the examples only through sums over them.

    ``AdditiveScore(right[:, None], lambda sums: sums[..., 0] / len(right))`` is an accuracy.
    """

    parts: Floats
    "What each example adds, shape: (examples, parts)."
    value: Callable[[Floats], Floats]
    "The figure of given sums; shape: (..., parts) to shape: (...)."

    @property
    def score(self) -> float:
        """The figure of all examples."""
        return float(self.value(self.parts.sum(0)))


def mean_of(values: NDArray[Any]) -> AdditiveScore:
    """Return the mean of one value per example, shape: (examples,)."""
    column = values.astype(np.float64)
    # Without the only example of a subset there is no mean: NaN, which no test uses.
    return AdditiveScore(
        np.stack([column, np.ones_like(column)], 1),
        lambda sums: sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan),
    )


def ratio_of(part: int, whole: int) -> Callable[[Floats], Floats]:
    """Return the function that divides one sum by another; it returns 0 where there is nothing to divide by."""
    return lambda sums: sums[..., part] / np.maximum(sums[..., whole], 1.0)


def positives(predicted: NDArray[np.bool_], gold: NDArray[np.bool_]) -> Floats:
    """Return true, predicted and gold positives, shape: (..., 3)."""
    return np.stack([predicted & gold, predicted, gold], -1).astype(np.float64)


def f1_of(sums: Floats) -> Floats:
    """Return F1 from sums of ``positives``: 2 tp / (predicted + gold), 0 where nothing is positive."""
    both = sums[..., 1] + sums[..., 2]
    return 2 * sums[..., 0] / np.where(both > 0, both, 1.0)


def correlation_of(sums: Floats) -> Floats:
    """Return Pearson's r from the sums of 1, x, y, x², y² and xy; 0 where a side is constant."""
    count, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    # Resamples may be constant on one side, where the correlation is not defined.
    spread = (count * xx - x * x) * (count * yy - y * y)
    return np.where(spread > 0, (count * xy - x * y) / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)
