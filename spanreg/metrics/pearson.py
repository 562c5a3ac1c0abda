"""Pearson correlation."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import pearsonr

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric, is_constant, varies
from spanreg.metrics.sums import AdditiveScore, correlation_of


@Metric.register("pearson")
class Pearson(Metric):
    """Pearson's r, the linear correlation of predicted and gold values.

    Registered as ``pearson``; returns the figure ``pearson``, from -1 to 1: ``metrics: ['pearson']``. It is not defined
    where predictions or gold values are all the same: the figure is then 0, and a warning is logged.

    Source: scipy.
    """

    figures = ("pearson",)
    percent = True
    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        if is_constant("pearson", predictions, labels):
            return {"pearson": 0.0}
        return {"pearson": float(pearsonr(predictions.astype(float), labels.astype(float)).statistic)}

    def is_defined_for(self, labels: NDArray[Any]) -> bool:
        return varies(labels)

    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        predictions, labels = np.asarray(predictions), np.asarray(labels)
        # Centred, so that sums of squares keep their digits; by the gold mean, which is the same for all runs, because
        # randomisation swaps the predictions of two runs.
        centre = labels.mean(dtype=np.float64)
        x, y = predictions.astype(np.float64) - centre, labels.astype(np.float64) - centre
        return AdditiveScore(np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], 1), correlation_of)
