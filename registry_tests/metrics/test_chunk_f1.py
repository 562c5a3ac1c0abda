"""chunk_f1: its scores equal those of seqeval."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score

from spanreg.data import Task
from spanreg.metrics import Metric
from spanreg.metrics.task_metrics import require_fitting_metrics
from spanreg.registry import ConfigurationError

TAGS = ("O", "B-NP", "I-NP", "B-VP", "I-VP", "I-PP")
LABEL = st.integers(0, len(TAGS) - 1)
SENTENCES = st.lists(st.lists(st.tuples(LABEL, LABEL), max_size=9), min_size=1, max_size=5)


def chunk_f1(tags: tuple[str, ...] = TAGS) -> Metric:
    """Return the metric for these labels."""
    return Metric.from_params("chunk_f1", label_words=tags)


def chunk_scores(predictions: list[list[int]], labels: list[list[int]]) -> dict[str, float]:
    """Return the figures for the label ids of each sentence; -1 is a word without a prediction."""
    return chunk_f1()([np.array(row, int) for row in predictions], [np.array(row, int) for row in labels])


@settings(max_examples=200)
@given(SENTENCES)
def test_equals_seqeval(sentences: list[list[tuple[int, int]]]) -> None:
    predictions, labels = ([[pair[side] for pair in row] for row in sentences] for side in (0, 1))
    found = chunk_scores(predictions, labels)
    predicted, gold = ([[TAGS[label] for label in row] for row in rows] for rows in (predictions, labels))
    with warnings.catch_warnings():
        # seqeval warns before it returns 0 for 0 / 0.
        warnings.simplefilter("ignore")
        assert found["precision"] == pytest.approx(precision_score(gold, predicted, zero_division=0))
        assert found["recall"] == pytest.approx(recall_score(gold, predicted, zero_division=0))
        assert found["f1"] == pytest.approx(f1_score(gold, predicted, zero_division=0))
    # Without any word, seqeval's accuracy divides by zero.
    if any(labels):
        assert found["accuracy"] == pytest.approx(accuracy_score(gold, predicted))


def test_a_correct_chunk_has_the_same_start_end_and_type() -> None:
    gold = [[1, 2, 0, 1, 2]]
    assert chunk_scores(gold, gold) == {"f1": 1, "precision": 1, "recall": 1, "accuracy": 1}
    # Below, one of two predicted chunks is one of two gold chunks: precision, recall and F1 are 1/2.
    assert chunk_scores([[1, 2, 2, 1, 2]], gold)["f1"] == 0.5
    assert chunk_scores([[3, 4, 0, 1, 2]], gold)["f1"] == 0.5


def test_a_word_without_a_prediction_is_wrong_and_outside_of_chunks() -> None:
    # The prediction lacks the second chunk (recall 1/2), and two of four words (accuracy 1/2).
    found = chunk_scores([[1, 2, -1, -1]], [[1, 2, 0, 1]])
    assert found == {"f1": 2 / 3, "precision": 1, "recall": 0.5, "accuracy": 0.5}


def test_labels_that_mark_no_chunks_are_rejected() -> None:
    problem = "the label 'NN' marks no chunk. chunk_f1 is for labels O, B-type and I-type"
    with pytest.raises(ConfigurationError, match=f"^{problem}"):
        chunk_f1(("NN", "VB"))
    task = Task("tags", "token_classification", ("NN", "VB"), ("chunk_f1",), pair=False)
    for metric, where in (("chunk_f1", "metrics"), ({"type": "chunk_f1"}, "metrics.0")):
        with pytest.raises(ConfigurationError, match=f"^{where}: {problem}"):
            require_fitting_metrics(replace(task, metrics=(metric,)))
