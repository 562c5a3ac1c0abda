"""Laws of the metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.testing.contract import Law, Subject, hold

CASES: list[dict[str, Any]] = [{}]

Column = NDArray[Any]


def gold() -> Column:
    """Gold labels."""
    return np.array([0, 1, 1, 0, 1, 0, 0, 1, 1, 0])


def right_in_part() -> Column:
    """Predictions, seven of ten right."""
    return np.array([0, 1, 0, 0, 1, 1, 0, 1, 0, 0])


def the_figures_are_as_declared(subject: Subject) -> None:
    """``figures`` names what comes out, in order; each figure is a finite ``float``."""
    metric = subject.make()
    found = metric(right_in_part(), gold())
    hold(list(found) == list(metric.figures), f"gives {', '.join(found)}, declared {', '.join(metric.figures)}")
    for name, value in found.items():
        hold(type(value) is float, f"{name} is a {type(value).__name__}, not a float")
        hold(bool(np.isfinite(value)), f"{name} is {value}")


def perfect_predictions_score_best(subject: Subject) -> None:
    """What is all right scores better than what is right in part, and that better than what is all wrong."""
    metric = subject.make()
    main = metric.figures[0]
    scores = [metric(predictions, gold())[main] for predictions in (gold(), right_in_part(), 1 - gold())]
    ranked = scores if metric.greater_is_better else scores[::-1]
    is_best = ranked[0] > ranked[1] > ranked[2]
    hold(
        is_best, f"{main} is {scores[0]:.4g} if all is right, {scores[1]:.4g} in part, {scores[2]:.4g} if all is wrong"
    )


def the_order_of_examples_changes_nothing(subject: Subject) -> None:
    """Examples in another order get the same figures."""
    metric = subject.make()
    for name, value in metric(right_in_part(), gold()).items():
        other = metric(right_in_part()[::-1].copy(), gold()[::-1].copy())[name]
        hold(abs(other - value) <= subject.tolerance, f"{name} is {value} and, in another order, {other}")


def results_are_repeated(subject: Subject) -> None:
    """The same predictions get the same figures, and are left as they are."""
    metric, predictions, labels = subject.make(), right_in_part(), gold()
    first, second = metric(predictions, labels), metric(predictions, labels)
    hold(first == second, f"gives {first} and then {second}")
    unchanged = np.array_equal(predictions, right_in_part()) and np.array_equal(labels, gold())
    hold(unchanged, "predictions or labels are changed")


LAWS: list[Law] = [
    the_figures_are_as_declared,
    perfect_predictions_score_best,
    the_order_of_examples_changes_nothing,
    results_are_repeated,
]
