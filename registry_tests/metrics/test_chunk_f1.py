"""Figures of chunks equal those of seqeval."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score

from spanreg.metrics import Metric
from spanreg.registry import ConfigurationError

WORDS = ("O", "B-NP", "I-NP", "B-VP", "I-VP", "I-PP")
LABEL = st.integers(0, len(WORDS) - 1)
SENTENCES = st.lists(st.lists(st.tuples(LABEL, LABEL), max_size=9), min_size=1, max_size=5)


def chunk_f1(words: tuple[str, ...] = WORDS) -> Metric:
    return Metric.from_params("chunk_f1", label_words=words)


def judged(predictions: list[list[int]], labels: list[list[int]]) -> dict[str, float]:
    return chunk_f1()([np.array(row, int) for row in predictions], [np.array(row, int) for row in labels])


@settings(max_examples=200)
@given(SENTENCES)
def test_equals_seqeval(sentences: list[list[tuple[int, int]]]) -> None:
    predictions, labels = ([[both[side] for both in row] for row in sentences] for side in (0, 1))
    found = judged(predictions, labels)
    predicted, gold = ([[WORDS[label] for label in row] for row in rows] for rows in (predictions, labels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval warns where nothing is to be divided by
        assert found["precision"] == pytest.approx(precision_score(gold, predicted, zero_division=0))
        assert found["recall"] == pytest.approx(recall_score(gold, predicted, zero_division=0))
        assert found["f1"] == pytest.approx(f1_score(gold, predicted, zero_division=0))
    if any(labels):
        assert found["accuracy"] == pytest.approx(accuracy_score(gold, predicted))


def test_a_chunk_must_begin_end_and_be_called_alike() -> None:
    gold = [[1, 2, 0, 1, 2]]
    assert judged(gold, gold) == {"f1": 1, "precision": 1, "recall": 1, "accuracy": 1}
    assert judged([[1, 2, 2, 1, 2]], gold)["f1"] == 0.5
    assert judged([[3, 4, 0, 1, 2]], gold)["f1"] == 0.5


def test_a_token_without_a_label_is_wrong_and_outside() -> None:
    found = judged([[1, 2, -1, -1]], [[1, 2, 0, 1]])
    assert found == {"f1": 2 / 3, "precision": 1, "recall": 0.5, "accuracy": 0.5}


def test_refuses_labels_that_mark_no_chunks() -> None:
    with pytest.raises(ConfigurationError) as caught:
        chunk_f1(("NN", "VB"))
    assert str(caught.value).startswith("metrics: the label 'NN' marks no chunk. chunk_f1 is for labels O, B-type and")
