"""F1 where an example has any number of labels."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric


@Metric.register("multi_label_f1")
class MultiLabelF1(Metric):
    """F1 over labels, and the share of the examples whose labels are all right; registered as ``multi_label_f1``.

    Gives ``micro_f1`` (of all decisions together), ``macro_f1`` (mean of the labels' own F1) and ``subset_accuracy``,
    each from 0 to 1. A label that is neither predicted nor gold anywhere has an F1 of 0. Of a single label, both F1 are
    that label's own; having none of the labels is no class of its own.

    Source: scikit-learn.
    """

    figures = ("micro_f1", "macro_f1", "subset_accuracy")
    kinds: ClassVar[tuple[TaskKind, ...]] = ("multi_label",)

    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        # scikit-learn takes a single column for the classes 0 and 1, whose "micro" average would be the accuracy.
        single = np.shape(labels)[1] == 1
        averages = dict.fromkeys(("micro", "macro"), "binary") if single else {"micro": "micro", "macro": "macro"}
        return {
            **{
                f"{name}_f1": float(f1_score(labels, predictions, average=average, zero_division=0.0))
                for name, average in averages.items()
            },
            "subset_accuracy": float(accuracy_score(labels, predictions)),
        }
