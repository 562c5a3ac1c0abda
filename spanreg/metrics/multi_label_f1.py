"""F1 where an example has any number of labels."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.metrics import accuracy_score, f1_score

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric


@Metric.register("multi_label_f1")
class MultiLabelF1(Metric):
    """F1 over labels, and the share of the examples whose labels are all right; registered as ``multi_label_f1``.

    Gives ``micro_f1`` (of all decisions together), ``macro_f1`` (mean of the labels' own F1) and ``subset_accuracy``,
    each from 0 to 1. A label that is neither predicted nor gold anywhere has an F1 of 0.
    """

    figures = ("micro_f1", "macro_f1", "subset_accuracy")
    kinds: ClassVar[tuple[TaskKind, ...]] = ("multi_label",)

    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        return {
            "micro_f1": float(f1_score(labels, predictions, average="micro", zero_division=0.0)),
            "macro_f1": float(f1_score(labels, predictions, average="macro", zero_division=0.0)),
            "subset_accuracy": float(accuracy_score(labels, predictions)),
        }
