"""AdditiveScore: a figure computed from sums over examples equals the metric's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.data.base import Task
from spanreg.metrics import AdditiveScore, Metric, additive_score, evaluate
from spanreg.metrics.accuracy import Accuracy
from spanreg.metrics.task_metrics import greater_is_better
from spanreg.testing import ContractError, check_component

REAL = ("pearson", "spearman")
TAGS = ("O", "B-NP", "I-NP", "B-VP", "I-VP")
TASKS = {
    "accuracy": Task("a", "classification", ("no", "yes"), ("accuracy", "f1"), False),
    "f1": Task("a", "classification", ("no", "yes"), ("accuracy", "f1"), False),
    "matthews_correlation": Task("m", "classification", tuple("abcd"), ("matthews_correlation",), False),
    "pearson": Task("r", "regression", (), REAL, False),
    "spearman": Task("r", "regression", (), REAL, False),
    **dict.fromkeys(
        ("micro_f1", "macro_f1", "subset_accuracy"),
        Task("t", "multi_label", tuple("abc"), ("multi_label_f1",), False),
    ),
    **{
        f"chunks: {figure}": Task("c", "token_classification", TAGS, ("chunk_f1",), False)
        for figure in ("f1", "precision", "recall", "accuracy")
    },
    "tokens: accuracy": Task("p", "token_classification", ("D", "N", "V"), ("accuracy",), False),
}
"Task by figure; a figure that several metrics have follows a prefix, as in ``chunks: f1``."


def figure_of(name: str) -> str:
    """Return the figure of a key of ``TASKS``."""
    return name.split(": ")[-1]


def random_predictions(task: Task, seed: int, examples: int) -> tuple[Any, Any]:
    """Return random predictions and labels in the form of the task; tags also lack predictions (-1)."""
    generator = np.random.default_rng(seed)
    kinds = len(task.labels)
    if task.kind == "regression":
        labels = generator.normal(size=examples).round(1)
        return labels + 3 + generator.normal(size=examples).round(1), labels
    if task.kind == "multi_label":
        return tuple(generator.integers(2, size=(2, examples, kinds)))
    if task.kind == "classification":
        return generator.integers(kinds, size=examples), generator.integers(kinds, size=examples)
    lengths = generator.integers(1, 9, size=examples)
    return tuple([generator.integers(low, kinds, size=length) for length in lengths] for low in (-1, 0))


def select(values: Any, rows: Any) -> Any:
    """Return the values of some examples."""
    return [values[row] for row in rows] if isinstance(values, list) else values[rows]


@pytest.mark.parametrize("name", TASKS)
@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), examples=st.integers(3, 40))
def test_figure_of_all_examples(name: str, seed: int, examples: int) -> None:
    task, figure = TASKS[name], figure_of(name)
    predictions, labels = random_predictions(task, seed, examples)
    found = additive_score(task, figure, predictions, labels)
    assert found is not None
    assert found.parts.shape[0] == examples
    assert found.score == pytest.approx(evaluate(task, predictions, labels)[figure], abs=1e-9)


# Spearman's correlation is not a function of sums: its sums are exact for all examples, and close for resamples.
@pytest.mark.parametrize("name", sorted(TASKS.keys() - {"spearman"}))
def test_figure_of_a_resample(name: str) -> None:
    task, figure = TASKS[name], figure_of(name)
    predictions, labels = random_predictions(task, 3, 50)
    rows = np.random.default_rng(4).integers(50, size=50)
    found = additive_score(task, figure, predictions, labels)
    assert found is not None
    expected = evaluate(task, select(predictions, rows), select(labels, rows))[figure]
    assert float(found.value(found.parts[rows].sum(0))) == pytest.approx(expected, abs=1e-12)


def test_figure_after_predictions_of_two_arms_are_swapped() -> None:
    # A permutation test swaps whole predictions of two arms, and therefore the parts of examples.
    task = TASKS["pearson"]
    first, labels = random_predictions(task, 1, 30)
    second = random_predictions(task, 2, 30)[0] * 2 - 5
    swap = np.arange(30) % 3 == 0
    first_score = additive_score(task, "pearson", first, labels)
    second_score = additive_score(task, "pearson", second, labels)
    assert first_score is not None
    assert second_score is not None
    mixed = np.where(swap[:, None], second_score.parts, first_score.parts)
    expected = evaluate(task, np.where(swap, second, first), labels)["pearson"]
    assert float(first_score.value(mixed.sum(0))) == pytest.approx(expected)


def test_runs_that_lack_a_label_have_parts_of_one_size() -> None:
    task, labels = TASKS["matthews_correlation"], np.array([0, 1, 1])
    scores = [additive_score(task, "matthews_correlation", np.full(3, label), labels) for label in (0, 3)]
    # Parts: whether the prediction is right, and for each of the task's four labels, predicted or not, gold or not.
    assert [score and score.parts.shape for score in scores] == [(3, 9), (3, 9)]


@pytest.mark.parametrize("figure", ["loss", "f2"])
def test_an_unknown_figure_has_no_sums(figure: str) -> None:
    assert additive_score(TASKS["accuracy"], figure, np.zeros(3, int), np.zeros(3, int)) is None


def test_whether_a_greater_figure_is_better() -> None:
    @Metric.register("error_rate")
    class ErrorRate(Metric):
        figures = ("errors",)
        greater_is_better = False

        def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
            return {"errors": float((predictions != labels).mean())}

    task = Task("a", "classification", ("no", "yes"), ("accuracy", "error_rate"), False)
    better = {name: greater_is_better(task, name) for name in ("accuracy", "errors", "loss", "anything")}
    assert better == {"accuracy": True, "errors": False, "loss": False, "anything": True}


def test_sums_that_differ_from_the_figure_break_the_contract() -> None:
    class DoublingAccuracy(Accuracy):
        def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
            return super().additive(figure, 2 * predictions, labels)

    with pytest.raises(ContractError, match="sums give the figures: accuracy is 0.7 and, from the sums of additive, 0"):
        check_component(DoublingAccuracy)
    check_component(Accuracy)
