"""Spearman correlation."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric, is_constant, varies
from spanreg.metrics.sums import AdditiveScore, Floats, correlation_of


@Metric.register("spearman")
class Spearman(Metric):
    """Spearman's rho, the rank correlation of predicted and gold values.

    Registered as ``spearman``; returns the figure ``spearman``, from -1 to 1: ``metrics: ['spearman']``. It is not
    defined where predictions or gold values are all the same: the figure is then 0, and a warning is logged.

    It is not a function of sums, since one example changes the ranks of others. ``additive`` returns the first-order
    projection (Hajek 1968), whose sums over all examples are exact and whose resamples are close.

    Source: scipy.
    """

    figures = ("spearman",)
    percent = True
    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        if is_constant("spearman", predictions, labels):
            return {"spearman": 0.0}
        return {"spearman": float(spearmanr(predictions.astype(float), labels.astype(float)).statistic)}

    def is_defined_for(self, labels: NDArray[Any]) -> bool:
        return varies(labels)

    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        first, second = _RankTable(np.asarray(predictions)), _RankTable(np.asarray(labels))
        x, y = first.ranks, second.ranks  # each of shape: (examples,)
        # Each example adds its own product of ranks, and what it changes in the ranks of the others. Subtracting twice
        # the mean makes the sum over all examples exact: the two projections add that mean once each.
        product = x * y + first.weight_above(y) + second.weight_above(x) - 2 * np.mean(x * y)
        squares = [
            ranks * ranks + 2 * (side.weight_above(ranks) - np.mean(ranks * ranks))
            for side, ranks in ((first, x), (second, y))
        ]
        # The ranks of any sample have the mean 0, so no example adds to their sums.
        zero = np.zeros_like(x)
        return AdditiveScore(np.stack([np.ones_like(x), zero, zero, *squares, product], 1), correlation_of)


class _RankTable:
    """Ranks of values among all examples.

    Parameters:
        values: shape: (examples,).
    """

    def __init__(self, values: NDArray[Any]) -> None:
        _, self._group, counts = np.unique(values, return_inverse=True, return_counts=True)
        self._size = values.size
        shares = counts / values.size
        self.ranks: Floats = (np.cumsum(shares) - shares / 2)[self._group] - 0.5
        "From -1/2 to 1/2, with a mean of 0; equal values share a rank. Shape: (examples,)."

    def weight_above(self, weights: Floats) -> Floats:
        """Return for each value the mean over all examples of the weights of larger values, and half of equal ones."""
        sums = np.bincount(self._group, weights)
        return np.asarray((sums.sum() - np.cumsum(sums) + sums / 2)[self._group] / self._size)
