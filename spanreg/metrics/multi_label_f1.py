"""F1 where an example has any number of labels."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric
from spanreg.metrics.sums import AdditiveScore, Floats, f1_of, mean_of, positives


@Metric.register("multi_label_f1")
class MultiLabelF1(Metric):
    """F1 over labels, and the share of the examples whose labels are all right; registered as ``multi_label_f1``.

    Returns ``micro_f1`` (of all decisions together), ``macro_f1`` (mean of the labels' F1) and ``subset_accuracy``,
    each from 0 to 1: ``metrics: ['multi_label_f1']``. A label that is neither predicted nor gold in any example has an
    F1 of 0. With a single label, both F1 are that label's F1: having no label does not count as a class.

    Source: scikit-learn.
    """

    figures = ("micro_f1", "macro_f1", "subset_accuracy")
    percent = True
    kinds: ClassVar[tuple[TaskKind, ...]] = ("multi_label",)

    def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
        # scikit-learn reads a single column as the classes 0 and 1, whose "micro" average would be the accuracy.
        single = np.shape(labels)[1] == 1
        averages = dict.fromkeys(("micro", "macro"), "binary") if single else {"micro": "micro", "macro": "macro"}
        return {
            **{
                f"{name}_f1": float(f1_score(labels, predictions, average=average, zero_division=0.0))
                for name, average in averages.items()
            },
            "subset_accuracy": float(accuracy_score(labels, predictions)),
        }

    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        predicted, gold = np.asarray(predictions) == 1, np.asarray(labels) == 1
        if figure == "subset_accuracy":
            return mean_of((predicted == gold).all(1))
        counts = positives(predicted, gold)  # shape: (examples, labels, 3)
        if figure == "micro_f1":
            # Micro averages pool the decisions of all labels.
            return AdditiveScore(counts.sum(1), f1_of)
        labels_count = counts.shape[1]

        def mean_over_labels(sums: Floats) -> Floats:
            return np.asarray(f1_of(sums.reshape(*sums.shape[:-1], labels_count, 3)).mean(-1))

        return AdditiveScore(counts.reshape(len(counts), -1), mean_over_labels)
