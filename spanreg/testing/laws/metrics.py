"""Laws of metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.testing.contract import ComponentCase, Law, require

CASES: list[dict[str, Any]] = [{"label_words": ("O", "B-X")}]
"Words of the labels 0 and 1, for metrics of chunks: label 1 is a chunk of one token."

RIGHT = np.array([0, 1, 1, 0, 1, 0, 0, 1, 1, 0])
IN_PART = np.array([0, 1, 0, 0, 1, 1, 0, 1, 0, 0])
"Predictions of which seven of ten are correct."


def _in_form_of_task(subject: ComponentCase, column: NDArray[Any]) -> Any:
    """Return a column of 0 and 1 in the form of the metric's first kind of task."""
    kind = subject.cls.kinds[0]  # type: ignore[attr-defined]
    if kind == "multi_label":
        return np.stack((column, 1 - column), axis=1)
    # Copies, so that a metric which changes its inputs is noticed.
    return [column[:5].copy(), column[5:].copy()] if kind == "token_classification" else column.copy()


def gold(subject: ComponentCase) -> Any:
    """Return gold labels."""
    return _in_form_of_task(subject, RIGHT)


def partly_correct(subject: ComponentCase) -> Any:
    """Return predictions of which seven of ten are correct."""
    return _in_form_of_task(subject, IN_PART)


def the_figures_are_as_declared(subject: ComponentCase) -> None:
    """The results are named by ``figures``, in order; each is a finite ``float``."""
    metric = subject.make()
    found = metric(partly_correct(subject), gold(subject))
    require(list(found) == list(metric.figures), f"returns {', '.join(found)}, declared {', '.join(metric.figures)}")
    for name, value in found.items():
        require(type(value) is float, f"{name} is a {type(value).__name__}, not a float")
        require(bool(np.isfinite(value)), f"{name} is {value}")


def perfect_predictions_score_best(subject: ComponentCase) -> None:
    """Correct predictions score better than partly correct ones, and these better than wrong ones."""
    metric = subject.make()
    main = metric.figures[0]
    columns = (gold(subject), partly_correct(subject), _in_form_of_task(subject, 1 - RIGHT))
    scores = [metric(predictions, gold(subject))[main] for predictions in columns]
    # Strictly: a metric that ignores its inputs would pass otherwise.
    ranked = scores if metric.greater_is_better else scores[::-1]
    is_best = ranked[0] > ranked[1] > ranked[2]
    require(
        is_best, f"{main} is {scores[0]:.4g} if all is right, {scores[1]:.4g} in part, {scores[2]:.4g} if all is wrong"
    )


def the_order_of_examples_changes_nothing(subject: ComponentCase) -> None:
    """The results do not depend on the order of the examples."""
    metric = subject.make()
    for name, value in metric(partly_correct(subject), gold(subject)).items():
        other = metric(partly_correct(subject)[::-1].copy(), gold(subject)[::-1].copy())[name]
        require(abs(other - value) <= subject.tolerance, f"{name} is {value} and, in another order, {other}")


def results_are_repeated(subject: ComponentCase) -> None:
    """The results are reproducible, and the inputs are not changed."""
    metric, predictions, labels = subject.make(), partly_correct(subject), gold(subject)
    first, second = metric(predictions, labels), metric(predictions, labels)
    require(first == second, f"returns {first} and then {second}")
    unchanged = np.array_equal(predictions, partly_correct(subject)) and np.array_equal(labels, gold(subject))
    require(unchanged, "predictions or labels are changed")


def sums_give_the_figures(subject: ComponentCase) -> None:
    """A figure that ``additive`` returns as a function of sums equals the computed one, and has parts per example."""
    metric, predictions, labels = subject.make(), partly_correct(subject), gold(subject)
    for name, value in metric(predictions, labels).items():
        sums = metric.additive(name, predictions, labels) if name in metric.figures else None
        if sums is None:
            continue
        require(len(sums.parts) == len(labels), f"{name} has parts for {len(sums.parts)} of {len(labels)} examples")
        require(abs(sums.score - value) <= 1e-9, f"{name} is {value} and, from the sums of additive, {sums.score}")


LAWS: list[Law] = [
    the_figures_are_as_declared,
    perfect_predictions_score_best,
    the_order_of_examples_changes_nothing,
    results_are_repeated,
    sums_give_the_figures,
]

FORM: list[Law] = [the_figures_are_as_declared]
