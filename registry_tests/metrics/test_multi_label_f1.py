"""multi_label_f1: F1 and subset accuracy of examples with any number of labels."""

from __future__ import annotations

import numpy as np
import pytest

from spanreg.data.base import Task
from spanreg.metrics import Metric, additive_score


def f1(true_positive: int, false_positive: int, false_negative: int) -> float:
    """Return F1 by its formula; 0 for 0 / 0."""
    return 2 * true_positive / max(2 * true_positive + false_positive + false_negative, 1)


def test_equals_a_slow_loop() -> None:
    predictions, labels = np.random.default_rng(0).integers(0, 2, (2, 20, 4))
    # Random rows of four labels are rarely equal, and subset accuracy counts equal ones.
    predictions[:3] = labels[:3]
    counts = []
    for label in range(4):
        pairs = list(zip(predictions[:, label], labels[:, label], strict=True))
        counts.append((pairs.count((1, 1)), pairs.count((1, 0)), pairs.count((0, 1))))
    found = Metric.from_params("multi_label_f1")(predictions, labels)
    assert list(found) == ["micro_f1", "macro_f1", "subset_accuracy"]
    assert found["micro_f1"] == pytest.approx(f1(*(sum(column) for column in zip(*counts, strict=True))))
    assert found["macro_f1"] == pytest.approx(sum(f1(*count) for count in counts) / 4)
    assert found["subset_accuracy"] == sum(map(np.array_equal, predictions, labels)) / 20


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("predictions", [[1, 1, 0, 0, 1], [0] * 5, [1] * 5])
@pytest.mark.parametrize("labels", [[1, 0, 0, 1, 1], [0] * 5, [1] * 5])
def test_micro_and_macro_f1_of_a_single_label_are_its_f1(predictions: list[int], labels: list[int]) -> None:
    # scikit-learn would read the column as two classes, and return the accuracy.
    columns = np.array([predictions]).T, np.array([labels]).T
    found = Metric.from_params("multi_label_f1")(*columns)
    pairs = list(zip(predictions, labels, strict=True))
    expected = f1(pairs.count((1, 1)), pairs.count((1, 0)), pairs.count((0, 1)))
    assert (found["micro_f1"], found["macro_f1"]) == (pytest.approx(expected), pytest.approx(expected))
    task = Task("t", "multi_label", ("a",), ("multi_label_f1",), False)
    for figure in ("micro_f1", "macro_f1"):
        sums = additive_score(task, figure, *columns)
        assert sums is not None
        assert sums.score == pytest.approx(expected)


def test_a_label_without_any_example_has_f1_0() -> None:
    ones = np.array([[1, 0], [1, 0]])
    assert Metric.from_params("multi_label_f1")(ones, ones) == {"micro_f1": 1, "macro_f1": 0.5, "subset_accuracy": 1}
