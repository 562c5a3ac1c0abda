"""Which evaluation of a run is the best one, and when there is no use in going on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanreg.data.base import Task
from spanreg.metrics import main_metric
from spanreg.metrics.base import Metric
from spanreg.registry import ConfigurationError, suggest
from spanreg.training.options import TrainingOptions

LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Criterion:
    """The figure that decides between evaluations."""

    split: str
    figure: str
    greater_is_better: bool

    def __str__(self) -> str:
        return f"{self.split}.{self.figure}"

    def of(self, figures: Mapping[str, Mapping[str, float]]) -> float | None:
        """Its value in an evaluation; None where the split has no gold labels."""
        return figures[self.split].get(self.figure)


@dataclass(slots=True)
class Best:
    """The best evaluation so far."""

    criterion: Criterion
    value: float | None = None
    step: int = 0
    "After how many steps."
    worse_since: int = 0
    "Evaluations since then."

    def see(self, figures: Mapping[str, Mapping[str, float]], step: int) -> bool:
        """Takes note of an evaluation; whether it is better than all before. Of equals the first stays the best."""
        value = self.criterion.of(figures)
        sign = 1 if self.criterion.greater_is_better else -1
        if value is not None and (self.value is None or sign * value > sign * self.value):
            self.value, self.step, self.worse_since = value, step, 0
            return True
        self.worse_since += 1
        return False

    def state(self) -> dict[str, Any]:
        """What a checkpoint has to keep of it."""
        return {"value": self.value, "step": self.step, "worse_since": self.worse_since}


def choose_criterion(options: TrainingOptions, task: Task, splits: Sequence[str]) -> Criterion | None:
    """The figure that ``training.metric`` names, or the task's main one.

    Args:
        options: the ``training`` part of the config.
        task: gives the metrics.
        splits: the evaluation splits; a figure without a split is that of the first.

    Returns:
        None where there are no evaluation splits.

    Raises:
        ConfigurationError: the task has no such figure or no such split, or there is nothing to evaluate.
    """
    if not splits:
        best = {"load": options.load == "best" or None, "keep_best": options.keep_best or None}
        asked = {"metric": options.metric, "patience": options.patience, **best}
        for key in (key for key, value in asked.items() if value is not None):
            raise ConfigurationError(
                f"{key} goes by evaluations, and the data have no split to evaluate on",
                path=f"training.{key}",
                hint="give data with a split that is neither training nor test, or leave the key out",
            )
        return None
    better = figures_of(task)
    split, _, figure = (options.metric or main_metric(task)).rpartition(".")
    if figure not in better or (split and split not in splits):
        known = [*better, *(f"{name}.{other}" for name in splits[1:] for other in better)]
        raise ConfigurationError(
            f"the task {task.name} has no figure '{options.metric}'",
            path="training.metric",
            hint=suggest(options.metric or figure, known, "figures"),
        )
    return Criterion(split or splits[0], figure, better[figure])


def figures_of(task: Task) -> dict[str, bool]:
    """Whether more is better, by the name of each figure that an evaluation gives."""
    metrics: list[Any] = [Metric.by_name(name) for name in task.metrics]
    figures = {figure: metric.greater_is_better for metric in metrics for figure in metric.figures}
    return {**figures, LOSS: False}
