"""Predictions judged by a task's own metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.metrics.base import Metric
from spanreg.registry import ConfigurationError


def evaluate(task: Task, predictions: Any, labels: Any) -> dict[str, float]:
    """All figures of a task's metrics, the main one (``main_metric(task)``) first.

    Args:
        task: gives the names of the metrics.
        predictions: label ids, or real values for regression, shape: (examples,); for ``multi_label`` 0 and 1, shape:
            (examples, labels); for ``token_classification`` one array of label ids an example, -1 for a token that got
            none.
        labels: gold, same shape; none is missing.

    Raises:
        ConfigurationError: the shapes differ, there are no examples, labels are missing (-1, but for regression) or not
            finite, predictions are not finite, or a metric is for another kind of task.
    """
    require_fitting_metrics(task)
    if task.kind == "token_classification":
        predictions, labels = ([np.asarray(row, np.int64) for row in rows] for rows in (predictions, labels))
        _check_lengths(predictions, labels)
        _check(task, *(np.concatenate([np.empty(0, np.int64), *rows]) for rows in (predictions, labels)))
    else:
        predictions, labels = np.asarray(predictions), np.asarray(labels)
        _check(task, predictions, labels)
    figures: dict[str, float] = {}
    for name in task.metrics:
        figures.update(Metric.from_params(name, label_words=task.labels)(predictions, labels))
    return figures


def require_fitting_metrics(task: Task) -> None:
    """Holds a task's metrics against its kind.

    Raises:
        ConfigurationError: a metric is for another kind of task, or for other labels.
    """
    for name in task.metrics:
        if task.kind not in _metric(name).kinds:
            fitting = [one for one in Metric.list_available() if task.kind in _metric(one).kinds]
            raise ConfigurationError(
                f"the metric '{name}' is not for tasks of the kind {task.kind!r}",
                path="metrics",
                hint=f"take {' or '.join(map(repr, fitting))}",
            )
        Metric.from_params(name, label_words=task.labels)


def main_metric(task: Task) -> str:
    """Name of the figure that decides between checkpoints and arms: the first figure of the task's first metric."""
    return _metric(task.metrics[0]).figures[0]


def _metric(name: str) -> type[Metric]:
    found: type[Metric] = Metric.resolve_class_name(name)[0]
    return found


def _check_lengths(predictions: Sequence[NDArray[Any]], labels: Sequence[NDArray[Any]]) -> None:
    """One prediction for each token of each example."""
    wrong = [row for row, both in enumerate(zip(predictions, labels, strict=False)) if len(both[0]) != len(both[1])]
    if wrong or len(predictions) != len(labels):
        which = f"example {wrong[0]} (counted from 0)" if wrong else f"{len(labels)} examples"
        raise ConfigurationError(
            f"predictions and gold labels of {which} differ in number", hint="give one prediction for each label"
        )


def _check(task: Task, predictions: NDArray[Any], labels: NDArray[Any]) -> None:
    if predictions.shape != labels.shape or labels.ndim != (2 if task.kind == "multi_label" else 1):
        problem = f"predictions have the shape {predictions.shape}, gold labels {labels.shape}"
        raise ConfigurationError(problem, hint="give one prediction and one gold label an example")
    if not len(labels):
        raise ConfigurationError(f"no examples to evaluate for {task.name}", hint="give a split with examples")
    for side, values in (("prediction", predictions), ("gold label", labels)):
        finite = np.isfinite(values)
        if not finite.all():
            problem = f"the {side} of example {np.argmin(finite)} (counted from 0) is {values[np.argmin(finite)]}"
            raise ConfigurationError(problem, hint="only finite values can be scored")
    unknown = labels < 0
    if task.kind != "regression" and unknown.any():
        problem = (
            f"{unknown.sum()} of {labels.size} {'examples' if labels.ndim == 1 else 'decisions'} have no gold label"
        )
        raise ConfigurationError(problem, hint=f"evaluate {task.name} on a split with gold labels")
