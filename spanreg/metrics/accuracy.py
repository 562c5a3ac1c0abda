"""Share of right labels."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from sklearn.metrics import accuracy_score

from spanreg.metrics.base import Metric


@Metric.register("accuracy")
class Accuracy(Metric):
    """Share of the examples whose label is right.

    Registered as ``accuracy``; gives the figure ``accuracy``, from 0 to 1.

    Source: scikit-learn.
    """

    figures = ("accuracy",)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"accuracy": float(accuracy_score(labels, predictions))}
