"""Share of right labels."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.metrics import accuracy_score

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric
from spanreg.metrics.sums import AdditiveScore, mean_of, ratio_of


@Metric.register("accuracy")
class Accuracy(Metric):
    """Share of the examples, or of the tokens where each has a label, that are labelled right.

    Registered as ``accuracy``; returns the figure ``accuracy``, from 0 to 1: ``metrics: ['accuracy']``.

    Source: scikit-learn.
    """

    figures = ("accuracy",)
    percent = True
    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification", "token_classification")

    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        if isinstance(labels, list):
            predictions, labels = np.concatenate(predictions), np.concatenate(labels)
        return {"accuracy": float(accuracy_score(labels, predictions))}

    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        # Tokens come as one array per example, in a list from ``evaluate`` or an array of objects from a run's files:
        # each example then adds its right tokens and its number of tokens.
        if not isinstance(labels, list) and np.asarray(labels).dtype != object:
            return mean_of(np.asarray(predictions) == np.asarray(labels))
        rows = [((found == gold).sum(), len(gold)) for found, gold in zip(predictions, labels, strict=True)]
        return AdditiveScore(np.array(rows, dtype=np.float64), ratio_of(0, 1))
