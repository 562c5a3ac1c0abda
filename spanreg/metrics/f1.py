"""F1 of one class."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from spanreg.data.base import TaskKind
from spanreg.metrics.base import Metric
from spanreg.metrics.sums import AdditiveScore, f1_of, positives
from spanreg.registry import ConfigurationError, Runtime, suggest


@Metric.register("f1")
class F1(Metric):
    """Harmonic mean of precision and recall of the positive label: F1 = 2 tp / (2 tp + fp + fn).

    Registered as ``f1``; returns the figure ``f1``, from 0 to 1: ``metrics: [{type: 'f1', positive: 'yes'}]``. It is 0
    where nothing is positive, neither predicted nor gold.

    Source: scikit-learn.

    Parameters:
        positive: word or id of the positive label; default: the label with the id 1, as in GLUE.
        label_words: label words in the order of their ids; default: unknown, and ``positive`` must be an id.

    Raises:
        ConfigurationError: ``positive`` is not a label of the task.
    """

    figures = ("f1",)
    percent = True
    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification",)

    def __init__(self, positive: int | str = 1, label_words: Runtime[tuple[str, ...]] = ()) -> None:
        if isinstance(positive, str) and positive not in label_words:
            hint = suggest(positive, label_words, "labels")
            raise ConfigurationError(f"the task has no label '{positive}'", path="positive", hint=hint)
        self.positive = label_words.index(positive) if isinstance(positive, str) else positive
        # An id that no example can have would give an F1 of 0 for every model.
        if label_words and not 0 <= self.positive < len(label_words):
            hint = f"ids are counted from 0: give 0 to {len(label_words) - 1}, or the word of a label"
            raise ConfigurationError(f"the task has no label with the id {positive}", path="positive", hint=hint)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        score = f1_score(labels == self.positive, predictions == self.positive, zero_division=0.0)
        return {"f1": float(score)}

    def is_defined_for(self, labels: NDArray[Any]) -> bool:
        return bool((labels == self.positive).any())

    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        # The label's id rather than its word: predictions are ids.
        counts = positives(np.asarray(predictions) == self.positive, np.asarray(labels) == self.positive)
        return AdditiveScore(counts, f1_of)
