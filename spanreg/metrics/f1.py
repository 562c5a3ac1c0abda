"""F1 of one class."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import NDArray
from sklearn.metrics import f1_score

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric


@Metric.register("f1")
class F1(Metric):
    """Harmonic mean of precision and recall of the positive label: F1 = 2 tp / (2 tp + fp + fn).

    Registered as ``f1``; gives the figure ``f1``, from 0 to 1. Where nothing is positive, neither predicted nor gold,
    it is 0.

    Source: scikit-learn.

    Parameters:
        positive: id of the positive label; default: 1, as GLUE has it.
    """

    figures = ("f1",)
    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification",)

    def __init__(self, positive: int = 1) -> None:
        self.positive = positive

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        score = f1_score(labels == self.positive, predictions == self.positive, zero_division=0.0)
        return {"f1": float(score)}
