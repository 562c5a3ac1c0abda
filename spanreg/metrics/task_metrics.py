"""The metrics of a task: figures of predictions, and what each figure is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import MetricConfig, Task
from spanreg.metrics.base import Metric
from spanreg.metrics.sums import AdditiveScore
from spanreg.registry import ConfigurationError, Lazy


def evaluate(task: Task, predictions: Any, labels: Any) -> dict[str, float]:
    """Return all figures of a task's metrics, the main one (``main_metric(task)``) first.

    Where two metrics have a figure of one name, the later metric's counts.

    Args:
        task: its metrics are computed.
        predictions: label ids, or real values for regression, shape: (examples,); for ``multi_label`` 0 and 1, shape:
            (examples, labels); for ``token_classification`` one array of label ids per example, -1 for a token without
            a prediction.
        labels: gold, same shape; none is missing.

    Raises:
        ConfigurationError: the shapes differ, there are no examples, labels are missing (-1, except in regressions) or
            not finite, predictions are not finite, or a metric is for another kind of task.
    """
    metrics = require_fitting_metrics(task)
    if task.kind == "token_classification":
        predictions, labels = ([np.asarray(row, np.int64) for row in rows] for rows in (predictions, labels))
        _require_equal_lengths(predictions, labels)
        # The empty array makes this work for no examples, too, which get an error of their own.
        _require_scorable(task, *(np.concatenate([np.empty(0, np.int64), *rows]) for rows in (predictions, labels)))
    else:
        predictions, labels = np.asarray(predictions), np.asarray(labels)
        _require_scorable(task, predictions, labels)
    figures: dict[str, float] = {}
    for metric in metrics:
        figures.update(metric(predictions, labels))
    return figures


def require_fitting_metrics(task: Task) -> list[Metric]:
    """Return a task's metrics, the main one first.

    Raises:
        ConfigurationError: a metric is for another kind of task, or for other labels.
    """
    # The kind is checked before construction, whose errors would hide that the metric is for other tasks.
    for name in (config["type"] if isinstance(config, Mapping) else config for config in task.metrics):
        if task.kind not in _class_of(name).kinds:
            fitting = [other for other in Metric.list_available() if task.kind in _class_of(other).kinds]
            raise ConfigurationError(
                f"the metric '{name}' is not for tasks of the kind {task.kind!r}",
                path="metrics",
                hint=f"take {' or '.join(map(repr, fitting))}",
            )
    places = (f"metrics.{place}" if isinstance(one, Mapping) else "metrics" for place, one in enumerate(task.metrics))
    return [_make(config, task, path) for config, path in zip(task.metrics, places, strict=True)]


def main_metric(task: Task) -> str:
    """Return the figure that decides between checkpoints and arms: the first figure of the task's first metric."""
    return _make(task.metrics[0], task).figures[0]


def figures_of(task: Task) -> dict[str, bool]:
    """Return the figures of a task's metrics by name, each with whether a larger one is better."""
    metrics = (_make(config, task) for config in task.metrics)
    return {figure: metric.greater_is_better for metric in metrics for figure in metric.figures}


def metric_of(task: Task, figure: str) -> Metric | None:
    """Return the last metric of the task that has a figure of the name; None for others, like ``loss``."""
    metrics = [_make(config, task) for config in task.metrics]
    return next((metric for metric in reversed(metrics) if figure in metric.figures), None)


def greater_is_better(task: Task, figure: str) -> bool:
    """Return whether a larger figure is better; for a figure of no metric, all but ``loss`` are."""
    metric = metric_of(task, figure)
    return figure != "loss" if metric is None else metric.greater_is_better


def additive_score(task: Task, figure: str, predictions: Any, labels: Any) -> AdditiveScore | None:
    """Return a figure as a function of sums over examples; None if its metric has no such form.

    Args:
        task: its metrics have the figure.
        figure: for instance ``accuracy``.
        predictions: as in ``evaluate``.
        labels: gold, in the same form.
    """
    metric = metric_of(task, figure)
    return None if metric is None else metric.additive(figure, predictions, labels)


def task_with(task: Task, metric: MetricConfig | Lazy[Metric] | None) -> tuple[Task, str]:
    """Return the task with one more metric, and the figure to compare.

    Args:
        task: the task.
        metric: a name is that of a figure, which the task must have; a config is that of a metric, whose main figure
            is compared; None for the task's main figure.
    """
    if isinstance(metric, Lazy):
        metric = metric.params.as_dict(quiet=True)
    if not isinstance(metric, Mapping):
        return task, metric or main_metric(task)
    # Placed last, because of two figures of one name the later metric's counts.
    others = (other for other in task.metrics if other != metric)
    return replace(task, metrics=(*others, metric)), _make(metric, task).figures[0]


def _make(config: MetricConfig, task: Task, path: str = "") -> Metric:
    try:
        metric: Metric = Metric.from_params(config, label_words=task.labels)
    except ConfigurationError as error:
        # A metric's config is part of a larger one, whose path the caller adds to an error of one problem alone.
        first = error.problems[0]
        where = ".".join(part for part in (path, first.path) if part)
        raise ConfigurationError(first.problem, path=where, hint=first.hint) from error.__cause__
    return metric


def _class_of(name: str) -> type[Metric]:
    found: type[Metric] = Metric.resolve_class_name(name)[0]
    return found


def _require_equal_lengths(predictions: Sequence[NDArray[Any]], labels: Sequence[NDArray[Any]]) -> None:
    """Check that there is one prediction for each token of each example."""
    # Not strict: a different number of examples is reported below.
    wrong = [row for row, both in enumerate(zip(predictions, labels, strict=False)) if len(both[0]) != len(both[1])]
    if wrong or len(predictions) != len(labels):
        which = f"example {wrong[0]} (counted from 0)" if wrong else f"{len(labels)} examples"
        raise ConfigurationError(
            f"predictions and gold labels of {which} differ in number", hint="give one prediction for each label"
        )


def _require_scorable(task: Task, predictions: NDArray[Any], labels: NDArray[Any]) -> None:
    """Check that shapes fit, there are examples, all values are finite, and no gold label is missing."""
    if predictions.shape != labels.shape or labels.ndim != (2 if task.kind == "multi_label" else 1):
        problem = f"predictions have the shape {predictions.shape}, gold labels {labels.shape}"
        raise ConfigurationError(problem, hint="give one prediction and one gold label for each example")
    if not len(labels):
        raise ConfigurationError(f"no examples to evaluate for {task.name}", hint="give a split with examples")
    for side, values in (("prediction", predictions), ("gold label", labels)):
        wrong = np.argwhere(~np.isfinite(values))  # shape: (wrong values, axes)
        if wrong.size:
            first = tuple(wrong[0])
            problem = f"the {side} of example {first[0]} (counted from 0) is {values[first]}"
            raise ConfigurationError(problem, hint="only finite values can be scored")
    unknown = labels < 0
    if task.kind != "regression" and unknown.any():
        problem = (
            f"{unknown.sum()} of {labels.size} {'examples' if labels.ndim == 1 else 'decisions'} have no gold label"
        )
        raise ConfigurationError(problem, hint=f"evaluate {task.name} on a split with gold labels")
