"""Matthews correlation."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import matthews_corrcoef

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric, is_constant, varies
from spanreg.metrics.sums import AdditiveScore, Floats
from spanreg.registry import Runtime


@Metric.register("matthews_correlation")
class MatthewsCorrelation(Metric):
    """Matthews correlation of predicted and gold labels, of two or more classes.

    Registered as ``matthews_correlation``; returns the figure ``matthews_correlation``, from -1 to 1:
    ``metrics: ['matthews_correlation']``. It is not defined where predictions or gold labels are all the same: the
    figure is then 0, and a warning is logged.

    Source: scikit-learn; the sums follow Gorodkin (2004), doi 10.1016/j.compbiolchem.2004.09.006.

    Parameters:
        label_words: label words in the order of their ids; default: unknown, and the data define the number of labels.
    """

    figures = ("matthews_correlation",)
    percent = True
    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification",)

    def __init__(self, label_words: Runtime[tuple[str, ...]] = ()) -> None:
        self._labels = len(label_words)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        if is_constant("matthews_correlation", predictions, labels):
            return {"matthews_correlation": 0.0}
        return {"matthews_correlation": float(matthews_corrcoef(labels, predictions))}

    def is_defined_for(self, labels: NDArray[Any]) -> bool:
        return varies(labels)

    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        predictions, labels = np.asarray(predictions), np.asarray(labels)
        # All labels of the task, also those that one run never predicts: the sums of two runs must have one shape.
        count = self._labels or int(max(predictions.max(), labels.max())) + 1
        ids = np.arange(count)
        columns = [labels == predictions, labels[:, None] == ids, predictions[:, None] == ids]
        return AdditiveScore(np.column_stack(columns).astype(np.float64), lambda sums: _correlation(sums, count))


def _correlation(sums: Floats, labels: int) -> Floats:
    """Return the correlation from right answers and counts of gold and predicted labels; 0 if a side has one label."""
    # Right answers, shape: (...); gold and predicted answers of each label, shape: (..., labels).
    right, gold, predicted = sums[..., 0], sums[..., 1 : labels + 1], sums[..., labels + 1 :]
    total = gold.sum(-1)  # every example has one gold label, so this is the number of examples
    spread = (total**2 - (gold**2).sum(-1)) * (total**2 - (predicted**2).sum(-1))
    together = right * total - (gold * predicted).sum(-1)
    return np.where(spread > 0, together / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)
