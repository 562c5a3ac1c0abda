"""Metrics as functions of sums over examples, so that thousands of resamples are one matrix product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]


class Additive(NamedTuple):
    """A figure that depends on the examples only through sums over them."""

    parts: Floats
    "What each example adds, shape: (examples, parts)."
    value: Callable[[Floats], Floats]
    "The figure of sums; shape: (..., parts) to shape: (...)."

    @property
    def score(self) -> float:
        """The figure of all examples."""
        return float(self.value(self.parts.sum(0)))


def additive(figure: str, predictions: NDArray[Any], labels: NDArray[Any]) -> Additive | None:
    """A figure of the built-in metrics in this form; None for one that is not known here.

    Args:
        figure: ``accuracy``, ``f1``, ``matthews_correlation``, ``pearson`` or ``spearman``.
        predictions: label ids or real values, shape: (examples,).
        labels: gold, same shape.

    For ``spearman`` the ranks are those among all examples: a resample is not ranked anew.
    """
    make = _FIGURES.get(figure)
    return None if make is None else make(np.asarray(predictions), np.asarray(labels))


def _accuracy(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    right = (predictions == labels).astype(np.float64)
    return Additive(np.stack([right, np.ones_like(right)], 1), lambda sums: sums[..., 0] / sums[..., 1])


def _f1(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    predicted, gold = predictions == 1, labels == 1
    parts = np.stack([predicted & gold, predicted, gold], 1).astype(np.float64)
    return Additive(parts, _f1_of)


def _f1_of(sums: Floats) -> Floats:
    both = sums[..., 1] + sums[..., 2]
    return 2 * sums[..., 0] / np.where(both > 0, both, 1.0)


def _matthews(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    kinds = np.arange(int(max(predictions.max(), labels.max())) + 1)
    rows, columns = labels[:, None] == kinds, predictions[:, None] == kinds
    table = (rows[:, :, None] & columns[:, None, :]).astype(np.float64)  # shape: (examples, labels, labels)
    return Additive(table.reshape(len(labels), -1), lambda sums: _matthews_of(sums, kinds.size))


def _matthews_of(sums: Floats, kinds: int) -> Floats:
    """The correlation of a table of counts; 0 where one side has a single label."""
    table = sums.reshape(*sums.shape[:-1], kinds, kinds)
    gold, predicted = table.sum(-1), table.sum(-2)  # shape: (..., labels)
    total = gold.sum(-1)
    right = np.trace(table, axis1=-2, axis2=-1)
    spread = (total**2 - (gold**2).sum(-1)) * (total**2 - (predicted**2).sum(-1))
    together = right * total - (gold * predicted).sum(-1)
    return np.where(spread > 0, together / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)


def _pearson(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    # Centred, so that the sums of squares keep their digits.
    x = predictions.astype(np.float64) - predictions.mean(dtype=np.float64)
    y = labels.astype(np.float64) - labels.mean(dtype=np.float64)
    return Additive(np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], 1), _pearson_of)


def _pearson_of(sums: Floats) -> Floats:
    count, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread = (count * xx - x * x) * (count * yy - y * y)
    return np.where(spread > 0, (count * xy - x * y) / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)


def _spearman(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    return _pearson(rankdata(predictions), rankdata(labels))


_FIGURES: dict[str, Callable[[NDArray[Any], NDArray[Any]], Additive]] = {
    "accuracy": _accuracy,
    "f1": _f1,
    "matthews_correlation": _matthews,
    "pearson": _pearson,
    "spearman": _spearman,
}
