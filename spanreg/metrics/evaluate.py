"""Predictions judged by a task's own metrics."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from spanreg.data.base import Task


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
    raise NotImplementedError


def main_metric(task: Task) -> str:
    """Name of the figure that decides between checkpoints and arms: the first figure of the task's first metric."""
    raise NotImplementedError
