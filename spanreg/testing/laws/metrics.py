"""Laws of the metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.testing.contract import Law, Subject, hold

CASES: list[dict[str, Any]] = [{"label_words": ("O", "B-X")}]
"For a metric that asks for the words: 1 is a chunk of one token."

RIGHT = np.array([0, 1, 1, 0, 1, 0, 0, 1, 1, 0])
IN_PART = np.array([0, 1, 0, 0, 1, 1, 0, 1, 0, 0])
"Seven of ten right."


def _asked(subject: Subject, column: NDArray[Any]) -> Any:
    """A column of 0 and 1 in the form of the metric's first kind of task."""
    kind = subject.cls.kinds[0]  # type: ignore[attr-defined]
    if kind == "multi_label":
        return np.stack((column, 1 - column), axis=1)
    return [column[:5].copy(), column[5:].copy()] if kind == "token_classification" else column.copy()


def gold(subject: Subject) -> Any:
    """Gold labels."""
    return _asked(subject, RIGHT)


def right_in_part(subject: Subject) -> Any:
    """Predictions, seven of ten right."""
    return _asked(subject, IN_PART)


def the_figures_are_as_declared(subject: Subject) -> None:
    """``figures`` names what comes out, in order; each figure is a finite ``float``."""
    metric = subject.make()
    found = metric(right_in_part(subject), gold(subject))
    hold(list(found) == list(metric.figures), f"gives {', '.join(found)}, declared {', '.join(metric.figures)}")
    for name, value in found.items():
        hold(type(value) is float, f"{name} is a {type(value).__name__}, not a float")
        hold(bool(np.isfinite(value)), f"{name} is {value}")


def perfect_predictions_score_best(subject: Subject) -> None:
    """What is all right scores better than what is right in part, and that better than what is all wrong."""
    metric = subject.make()
    main = metric.figures[0]
    columns = (gold(subject), right_in_part(subject), _asked(subject, 1 - RIGHT))
    scores = [metric(predictions, gold(subject))[main] for predictions in columns]
    ranked = scores if metric.greater_is_better else scores[::-1]
    is_best = ranked[0] > ranked[1] > ranked[2]
    hold(
        is_best, f"{main} is {scores[0]:.4g} if all is right, {scores[1]:.4g} in part, {scores[2]:.4g} if all is wrong"
    )


def the_order_of_examples_changes_nothing(subject: Subject) -> None:
    """Examples in another order get the same figures."""
    metric = subject.make()
    for name, value in metric(right_in_part(subject), gold(subject)).items():
        other = metric(right_in_part(subject)[::-1].copy(), gold(subject)[::-1].copy())[name]
        hold(abs(other - value) <= subject.tolerance, f"{name} is {value} and, in another order, {other}")


def results_are_repeated(subject: Subject) -> None:
    """The same predictions get the same figures, and are left as they are."""
    metric, predictions, labels = subject.make(), right_in_part(subject), gold(subject)
    first, second = metric(predictions, labels), metric(predictions, labels)
    hold(first == second, f"gives {first} and then {second}")
    unchanged = np.array_equal(predictions, right_in_part(subject)) and np.array_equal(labels, gold(subject))
    hold(unchanged, "predictions or labels are changed")


LAWS: list[Law] = [
    the_figures_are_as_declared,
    perfect_predictions_score_best,
    the_order_of_examples_changes_nothing,
    results_are_repeated,
]

FORM: list[Law] = [the_figures_are_as_declared]
