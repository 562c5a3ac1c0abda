"""Metrics with one figure: each builds from its name and equals its formula."""

from __future__ import annotations

import logging
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spanreg.metrics import Metric
from spanreg.metrics.accuracy import Accuracy
from spanreg.metrics.f1 import F1
from spanreg.metrics.matthews_correlation import MatthewsCorrelation
from spanreg.metrics.pearson import Pearson
from spanreg.metrics.spearman import Spearman
from spanreg.registry import ConfigurationError

CLASSES = {
    "accuracy": Accuracy,
    "f1": F1,
    "matthews_correlation": MatthewsCorrelation,
    "pearson": Pearson,
    "spearman": Spearman,
}

LABEL_PAIRS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30)
VALUE_PAIRS = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=30)


def columns(pairs: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the predictions and the labels of pairs of both."""
    array = np.array(pairs, dtype=np.int64)
    return array[:, 0], array[:, 1]


def slow_pearson(first: list[float], second: list[float]) -> float:
    """Return Pearson's correlation by its formula; 0 if one side is constant."""
    mean_first, mean_second = sum(first) / len(first), sum(second) / len(second)
    covariance = sum((x - mean_first) * (y - mean_second) for x, y in zip(first, second, strict=True))
    variances = sum((x - mean_first) ** 2 for x in first) * sum((y - mean_second) ** 2 for y in second)
    return covariance / math.sqrt(variances) if variances else 0.0


def slow_ranks(values: list[float]) -> list[float]:
    """Return the rank of each value, counted from 0; equal values share the mean of their ranks."""
    return [sum(y < x for y in values) + (sum(y == x for y in values) - 1) / 2 for x in values]


@pytest.mark.parametrize("name", CLASSES)
def test_builds_by_name(name: str) -> None:
    metric = Metric.by_name(name)()
    assert type(metric) is CLASSES[name]
    assert metric.figures == (name,)
    assert list(metric(np.array([0, 1, 1]), np.array([0, 1, 0]))) == [name]


@settings(max_examples=60)
@given(LABEL_PAIRS)
def test_classification_metrics_equal_their_counts(pairs: list[tuple[int, int]]) -> None:
    predictions, labels = columns(pairs)
    true_positive, true_negative = pairs.count((1, 1)), pairs.count((0, 0))
    false_positive, false_negative = pairs.count((1, 0)), pairs.count((0, 1))
    assert Accuracy()(predictions, labels)["accuracy"] == pytest.approx((true_positive + true_negative) / len(pairs))
    denominator = 2 * true_positive + false_positive + false_negative
    assert F1()(predictions, labels)["f1"] == pytest.approx(2 * true_positive / denominator if denominator else 0.0)
    # Of two classes, Matthews' correlation is Pearson's.
    found = MatthewsCorrelation()(predictions, labels)["matthews_correlation"]
    assert found == pytest.approx(slow_pearson(predictions.tolist(), labels.tolist()), abs=1e-12)


@settings(max_examples=60)
@given(VALUE_PAIRS)
def test_correlations_equal_their_formulas(pairs: list[tuple[int, int]]) -> None:
    predictions, labels = columns(pairs)
    first, second = predictions.tolist(), labels.tolist()
    assert Pearson()(predictions, labels)["pearson"] == pytest.approx(slow_pearson(first, second), abs=1e-12)
    # Spearman's correlation is Pearson's of the ranks.
    expected = slow_pearson(slow_ranks(first), slow_ranks(second))
    assert Spearman()(predictions, labels)["spearman"] == pytest.approx(expected, abs=1e-12)


def test_f1_of_a_label_by_its_id() -> None:
    predictions, labels = np.array([0, 0, 2, 1]), np.array([0, 2, 2, 2])
    assert F1(positive=2)(predictions, labels)["f1"] == pytest.approx(2 / 4)


def test_f1_of_a_label_by_its_word() -> None:
    metric = Metric.from_params({"type": "f1", "positive": "yes"}, label_words=("yes", "no"))
    assert metric(np.array([0, 0, 1]), np.array([0, 1, 1]))["f1"] == pytest.approx(2 / 3)
    with pytest.raises(ConfigurationError, match="the task has no label 'yse'. did you mean 'yes'"):
        Metric.from_params({"type": "f1", "positive": "yse"}, label_words=("yes", "no"))


@pytest.mark.parametrize("positive", [2, -1])
def test_f1_rejects_the_id_of_no_label(positive: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        F1(positive, ("no", "yes"))
    assert str(caught.value) == (
        f"positive: the task has no label with the id {positive}."
        " ids are counted from 0: give 0 to 1, or the word of a label"
    )


@pytest.mark.parametrize("name", ["matthews_correlation", "pearson", "spearman"])
def test_constant_predictions_score_zero_with_a_warning(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="spanreg.metrics"):
        assert CLASSES[name]()(np.array([1, 1, 1]), np.array([0, 1, 1])) == {name: 0.0}
    assert caplog.messages == [f"{name} is not defined: all 3 predictions are 1; taken as 0"]


@pytest.mark.parametrize("name", ["pearson", "spearman"])
@pytest.mark.filterwarnings("error")
def test_correlations_of_float32_and_tiny_values_are_finite(name: str) -> None:
    # Their squares, about 1e-60, are below the smallest float32, 1e-45.
    predictions = np.array([1e-30, 2e-30, 4e-30], dtype=np.float32)
    assert CLASSES[name]()(predictions, np.array([1, 2, 4], dtype=np.float32))[name] == pytest.approx(1.0)
