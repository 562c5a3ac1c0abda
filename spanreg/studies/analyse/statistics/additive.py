"""Metrics as functions of sums over examples, so that thousands of resamples are one matrix product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.metrics import ChunkF1, Metric

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


def additive(task: Task, figure: str, predictions: Any, labels: Any) -> Additive | None:
    """A figure of the built-in metrics in this form; None for one that is not known here.

    Args:
        task: its metrics give the figures; two metrics may have a figure of the same name.
        figure: for instance ``accuracy``, or chunks' ``f1``.
        predictions: as ``spanreg.metrics.evaluate`` takes them.
        labels: gold, in the same form.

    ``spearman`` is no function of such sums, since one example changes the ranks of others; its parts are the
    first-order (Hajek) projection, whose sums over all examples give the exact figure.
    """
    metric = metric_of(task, figure)
    if metric == "chunk_f1":
        return _chunks(figure, task.labels, predictions, labels)
    if metric == "accuracy" and task.kind == "token_classification":
        return _token_accuracy(predictions, labels)
    if metric == "matthews_correlation":
        # All labels of the task, so that the tables of two runs have one size.
        return _matthews(len(task.labels), np.asarray(predictions), np.asarray(labels))
    make = _FIGURES.get((metric, figure))
    return None if make is None else make(np.asarray(predictions), np.asarray(labels))


def metric_of(task: Task, figure: str) -> str | None:
    """The registered name of the task's metric that a figure comes from: the last that gives one of that name."""
    found = [name for name in task.metrics if figure in Metric.resolve_class_name(name)[0].figures]
    return found[-1] if found else None


def greater_is_better(task: Task, figure: str) -> bool:
    """Whether a larger figure is a better one: not for ``loss``, nor where the metric says otherwise."""
    metric = metric_of(task, figure)
    return figure != "loss" if metric is None else bool(Metric.resolve_class_name(metric)[0].greater_is_better)


def _accuracy(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    right = (predictions == labels).astype(np.float64)
    return Additive(np.stack([right, np.ones_like(right)], 1), lambda sums: sums[..., 0] / sums[..., 1])


def _f1(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    return Additive(_counts(predictions == 1, labels == 1), _f1_of)


def _f1_of(sums: Floats) -> Floats:
    both = sums[..., 1] + sums[..., 2]
    return 2 * sums[..., 0] / np.where(both > 0, both, 1.0)


def _matthews(number: int, predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    kinds = np.arange(number)
    columns = [labels == predictions, labels[:, None] == kinds, predictions[:, None] == kinds]
    return Additive(np.column_stack(columns).astype(np.float64), lambda sums: _matthews_of(sums, number))


def _matthews_of(sums: Floats, kinds: int) -> Floats:
    """Return the correlation from right answers and counts of gold and predicted labels; 0 if a side has one label."""
    right, gold, predicted = sums[..., 0], sums[..., 1 : kinds + 1], sums[..., kinds + 1 :]
    total = gold.sum(-1)
    spread = (total**2 - (gold**2).sum(-1)) * (total**2 - (predicted**2).sum(-1))
    together = right * total - (gold * predicted).sum(-1)
    return np.where(spread > 0, together / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)


def _pearson(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    # Centred, so that the sums of squares keep their digits; and by what two arms share, whose predictions are swapped.
    centre = labels.mean(dtype=np.float64)
    x, y = predictions.astype(np.float64) - centre, labels.astype(np.float64) - centre
    return Additive(np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], 1), _pearson_of)


def _pearson_of(sums: Floats) -> Floats:
    count, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread = (count * xx - x * x) * (count * yy - y * y)
    return np.where(spread > 0, (count * xy - x * y) / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)


def _spearman(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    first, second = _Ranks(predictions), _Ranks(labels)
    x, y = first.ranks, second.ranks
    product = x * y + first.weight_above(y) + second.weight_above(x) - 2 * np.mean(x * y)
    squares = [
        ranks * ranks + 2 * (side.weight_above(ranks) - np.mean(ranks * ranks))
        for side, ranks in ((first, x), (second, y))
    ]
    zero = np.zeros_like(x)
    return Additive(np.stack([np.ones_like(x), zero, zero, *squares, product], 1), _pearson_of)


class _Ranks:
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


def _micro_f1(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    return Additive(_counts(predictions == 1, labels == 1).sum(1), _f1_of)


def _macro_f1(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    counts = _counts(predictions == 1, labels == 1)  # shape: (examples, labels, 3)
    kinds = counts.shape[1]

    def value(sums: Floats) -> Floats:
        return np.asarray(_f1_of(sums.reshape(*sums.shape[:-1], kinds, 3)).mean(-1))

    return Additive(counts.reshape(len(counts), -1), value)


def _subset_accuracy(predictions: NDArray[Any], labels: NDArray[Any]) -> Additive:
    return _accuracy((predictions == labels).all(1), np.ones(len(labels), np.bool_))


def _counts(predicted: NDArray[np.bool_], gold: NDArray[np.bool_]) -> Floats:
    """Right, predicted and gold positives, shape: (..., 3)."""
    return np.stack([predicted & gold, predicted, gold], -1).astype(np.float64)


def _token_accuracy(predictions: Sequence[Any], labels: Sequence[Any]) -> Additive:
    rows = [((found == gold).sum(), len(gold)) for found, gold in zip(predictions, labels, strict=True)]
    return Additive(np.array(rows, dtype=np.float64), _share(0, 1))


def _chunks(figure: str, words: tuple[str, ...], predictions: Sequence[Any], labels: Sequence[Any]) -> Additive | None:
    value = _OF_CHUNKS.get(figure)
    return None if value is None else Additive(ChunkF1(words).counts(predictions, labels).astype(np.float64), value)


def _share(part: int, whole: int) -> Callable[[Floats], Floats]:
    """One sum divided by another; 0 where there is nothing to divide by."""
    return lambda sums: sums[..., part] / np.maximum(sums[..., whole], 1.0)


_FIGURES: dict[tuple[str | None, str], Callable[[NDArray[Any], NDArray[Any]], Additive]] = {
    ("accuracy", "accuracy"): _accuracy,
    ("f1", "f1"): _f1,
    ("pearson", "pearson"): _pearson,
    ("spearman", "spearman"): _spearman,
    ("multi_label_f1", "micro_f1"): _micro_f1,
    ("multi_label_f1", "macro_f1"): _macro_f1,
    ("multi_label_f1", "subset_accuracy"): _subset_accuracy,
}
"By the metric's registered name and the figure's."

_OF_CHUNKS: dict[str, Callable[[Floats], Floats]] = {
    "f1": _f1_of,
    "precision": _share(0, 1),
    "recall": _share(0, 2),
    "accuracy": _share(3, 4),
}
"By the figure; of the sums that ``ChunkF1.counts`` gives."
