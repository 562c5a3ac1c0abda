"""Share of right labels."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.metrics import accuracy_score

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric


@Metric.register("accuracy")
class Accuracy(Metric):
    """Share of the examples whose label is right, or of the tokens where each has a label.

    Registered as ``accuracy``; gives the figure ``accuracy``, from 0 to 1.

    Source: scikit-learn.
    """

    figures = ("accuracy",)
    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification", "token_classification")

    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        if isinstance(labels, list):
            predictions, labels = np.concatenate(predictions), np.concatenate(labels)
        return {"accuracy": float(accuracy_score(labels, predictions))}
