"""Pearson correlation."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import NDArray
from scipy.stats import pearsonr

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric, is_constant


@Metric.register("pearson")
class Pearson(Metric):
    """Pearson's r, the linear correlation of predicted and gold values.

    Registered as ``pearson``; gives the figure ``pearson``, from -1 to 1. Where predictions or gold values are all
    the same it is not defined: the figure is then 0, and a warning is logged.

    Source: scipy.
    """

    figures = ("pearson",)
    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        if is_constant("pearson", predictions, labels):
            return {"pearson": 0.0}
        return {"pearson": float(pearsonr(predictions.astype(float), labels.astype(float)).statistic)}
