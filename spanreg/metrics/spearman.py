"""Spearman correlation."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import NDArray
from scipy.stats import spearmanr

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric, is_constant


@Metric.register("spearman")
class Spearman(Metric):
    """Spearman's rho, the rank correlation of predicted and gold values.

    Registered as ``spearman``; gives the figure ``spearman``, from -1 to 1. Where predictions or gold values are all
    the same it is not defined: the figure is then 0, and a warning is logged.

    Source: scipy.
    """

    figures = ("spearman",)
    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        if is_constant("spearman", predictions, labels):
            return {"spearman": 0.0}
        return {"spearman": float(spearmanr(predictions.astype(float), labels.astype(float)).statistic)}
