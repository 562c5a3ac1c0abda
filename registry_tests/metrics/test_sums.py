"""Figures of sums equal the registered metrics."""

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
"Each figure, with what it is of where names clash."


def drawn(task: Task, seed: int, examples: int) -> tuple[Any, Any]:
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


def picked(values: Any, rows: Any) -> Any:
    return [values[row] for row in rows] if isinstance(values, list) else values[rows]


@pytest.mark.parametrize("name", TASKS)
@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), examples=st.integers(3, 40))
def test_the_figure_of_all_examples(name: str, seed: int, examples: int) -> None:
    task, figure = TASKS[name], name.split(": ")[-1]
    predictions, labels = drawn(task, seed, examples)
    found = additive_score(task, figure, predictions, labels)
    assert found is not None
    assert found.parts.shape[0] == examples
    assert found.score == pytest.approx(evaluate(task, predictions, labels)[figure], abs=1e-9)


@pytest.mark.parametrize("name", sorted(TASKS.keys() - {"spearman"}))
def test_the_figure_of_a_resample(name: str) -> None:
    task, figure = TASKS[name], name.split(": ")[-1]
    predictions, labels = drawn(task, 3, 50)
    rows = np.random.default_rng(4).integers(50, size=50)
    found = additive_score(task, figure, predictions, labels)
    assert found is not None
    expected = evaluate(task, picked(predictions, rows), picked(labels, rows))[figure]
    assert float(found.value(found.parts[rows].sum(0))) == pytest.approx(expected, abs=1e-12)


def test_swapped_predictions_of_two_arms() -> None:
    """The parts of two arms can be mixed, since a swap exchanges whole predictions."""
    task = TASKS["pearson"]
    first, labels = drawn(task, 1, 30)
    second = drawn(task, 2, 30)[0] * 2 - 5
    swap = np.arange(30) % 3 == 0
    parts = [additive_score(task, "pearson", one, labels) for one in (first, second)]
    assert parts[0] is not None
    assert parts[1] is not None
    mixed = np.where(swap[:, None], parts[1].parts, parts[0].parts)
    expected = evaluate(task, np.where(swap, second, first), labels)["pearson"]
    assert float(parts[0].value(mixed.sum(0))) == pytest.approx(expected)


def test_runs_that_lack_a_label_have_parts_of_one_size() -> None:
    task, labels = TASKS["matthews_correlation"], np.array([0, 1, 1])
    shapes = {additive_score(task, "matthews_correlation", np.full(3, one), labels).parts.shape for one in (0, 3)}
    assert shapes == {(3, 9)}


@pytest.mark.parametrize("figure", ["loss", "f2"])
def test_a_figure_that_is_not_known(figure: str) -> None:
    assert additive_score(TASKS["accuracy"], figure, np.zeros(3, int), np.zeros(3, int)) is None


def test_which_way_is_better() -> None:
    @Metric.register("error_rate")
    class ErrorRate(Metric):
        figures = ("errors",)
        greater_is_better = False

        def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
            return {"errors": float((predictions != labels).mean())}

    task = Task("a", "classification", ("no", "yes"), ("accuracy", "error_rate"), False)
    better = {name: greater_is_better(task, name) for name in ("accuracy", "errors", "loss", "anything")}
    assert better == {"accuracy": True, "errors": False, "loss": False, "anything": True}


def test_sums_that_do_not_give_the_figure_break_a_law() -> None:
    class Doubled(Accuracy):
        def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
            return super().additive(figure, 2 * predictions, labels)

    with pytest.raises(ContractError, match="sums give the figures: accuracy is 0.7 and, from the sums of additive, 0"):
        check_component(Doubled)
    check_component(Accuracy)
