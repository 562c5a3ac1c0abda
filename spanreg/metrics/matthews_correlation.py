"""Matthews correlation."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import NDArray
from sklearn.metrics import matthews_corrcoef

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric, is_constant


@Metric.register("matthews_correlation")
class MatthewsCorrelation(Metric):
    """Matthews correlation of predicted and gold labels, of two or more classes.

    Registered as ``matthews_correlation``; gives the figure ``matthews_correlation``, from -1 to 1. Where predictions
    or gold labels are all the same it is not defined: the figure is then 0, and a warning is logged.

    Source: scikit-learn.
    """

    figures = ("matthews_correlation",)
    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification",)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        if is_constant("matthews_correlation", predictions, labels):
            return {"matthews_correlation": 0.0}
        return {"matthews_correlation": float(matthews_corrcoef(labels, predictions))}
