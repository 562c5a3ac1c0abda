"""Figures of sums equal the registered metrics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.metrics.base import Metric
from spanreg.studies.statistics.additive import additive

FIGURES = ("accuracy", "f1", "matthews_correlation", "pearson", "spearman")
REAL = ("pearson", "spearman")


def by_metric(figure: str, predictions: np.ndarray, labels: np.ndarray) -> float:
    metric: Metric = Metric.by_name(figure)()
    return metric(predictions, labels)[figure]


def drawn(figure: str, seed: int, examples: int, kinds: int = 2) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    if figure in REAL:
        labels = generator.normal(size=examples).round(1)
        return labels + generator.normal(size=examples).round(1), labels
    return generator.integers(kinds, size=examples), generator.integers(kinds, size=examples)


@pytest.mark.parametrize("figure", FIGURES)
@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), examples=st.integers(3, 40))
def test_the_figure_of_all_examples(figure: str, seed: int, examples: int) -> None:
    predictions, labels = drawn(figure, seed, examples)
    found = additive(figure, predictions, labels)
    assert found is not None
    assert found.score == pytest.approx(by_metric(figure, predictions, labels), abs=1e-9)


@pytest.mark.parametrize("figure", ["accuracy", "f1", "matthews_correlation", "pearson"])
def test_the_figure_of_a_resample(figure: str) -> None:
    predictions, labels = drawn(figure, 3, 50)
    rows = np.random.default_rng(4).integers(50, size=50)
    found = additive(figure, predictions, labels)
    assert found is not None
    expected = by_metric(figure, predictions[rows], labels[rows])
    assert float(found.value(found.parts[rows].sum(0))) == pytest.approx(expected, abs=1e-12)


def test_more_than_two_labels() -> None:
    predictions, labels = drawn("matthews_correlation", 1, 60, kinds=4)
    found = additive("matthews_correlation", predictions, labels)
    assert found is not None
    assert found.score == pytest.approx(by_metric("matthews_correlation", predictions, labels))


def test_a_figure_that_is_not_known() -> None:
    assert additive("loss", np.zeros(3), np.zeros(3)) is None
