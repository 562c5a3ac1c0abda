"""Predictions judged by a task's own metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.metrics.base import Metric
from spanreg.registry import ConfigurationError


def evaluate(task: Task, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
    """All figures of a task's metrics, the main one (``main_metric(task)``) first.

    Args:
        task: gives the names of the metrics.
        predictions: label ids, shape: (examples,), or real values for regression.
        labels: gold, same shape; every example has one.

    Raises:
        ConfigurationError: the shapes differ, there are no examples, labels are missing (-1 in a classification task)
            or not finite, or predictions are not finite.
    """
    predictions, labels = np.asarray(predictions), np.asarray(labels)
    _check(task, predictions, labels)
    figures: dict[str, float] = {}
    for name in task.metrics:
        figures.update(_metric(name)(predictions, labels))
    return figures


def main_metric(task: Task) -> str:
    """Name of the figure that decides between checkpoints and arms: the first figure of the task's first metric."""
    return _metric(task.metrics[0]).figures[0]


def _metric(name: str) -> Metric:
    metric: Metric = Metric.by_name(name)()
    return metric


def _check(task: Task, predictions: NDArray[Any], labels: NDArray[Any]) -> None:
    if predictions.shape != labels.shape or labels.ndim != 1:
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
    if task.kind == "classification" and unknown.any():
        problem = f"{unknown.sum()} of {len(labels)} examples have no gold label"
        raise ConfigurationError(problem, hint=f"evaluate {task.name} on a split with gold labels")
