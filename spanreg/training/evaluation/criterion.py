"""Which evaluation of a run is the best one, and when there is no use in going on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanreg.data.base import Task
from spanreg.data.sources.splits import is_test_split
from spanreg.metrics import figures_of as metric_figures
from spanreg.metrics import main_metric
from spanreg.metrics.task_metrics import task_with
from spanreg.registry import ConfigurationError, Lazy, suggest
from spanreg.training.config.options import TrainingOptions

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
        for key in _wishes(options):
            raise ConfigurationError(
                f"{key} goes by evaluations, and the data have no split to evaluate on",
                path=f"training.{key}",
                hint="give data with a split that is neither training nor test, or leave the key out",
            )
        return None
    better = figures_of(task)
    asked = options.metric if not isinstance(options.metric, Lazy) else task_with(task, options.metric)[1]
    split, _, figure = (asked or main_metric(task)).rpartition(".")
    if figure not in better or (split and split not in splits):
        known = [*better, *(f"{name}.{other}" for name in splits[1:] for other in better)]
        hint = suggest(asked or figure, known, "figures")
        if figure in better and is_test_split(split):
            hint = f"a test split chooses no weights; {hint}"
        raise ConfigurationError(f"the task {task.name} has no figure '{asked}'", path="training.metric", hint=hint)
    return Criterion(split or splits[0], figure, better[figure])


def require_gold_labels(options: TrainingOptions, criterion: Criterion | None, labelled: Mapping[str, bool]) -> None:
    """Raise an error where something goes by a figure that will never be there.

    Args:
        options: the ``training`` part of the config.
        criterion: the figure that decides.
        labelled: for each split whether all its examples have gold labels.

    Raises:
        ConfigurationError: the criterion's split has examples without gold labels, and a key of the config goes by it.
    """
    if criterion is None or labelled[criterion.split]:
        return
    others = [name for name in labelled if labelled[name] and name != "train"]
    hint = (
        f"name another by metric: '{others[0]}.{criterion.figure}'" if others else "give labels, or leave the key out"
    )
    for key in _wishes(options):
        raise ConfigurationError(
            f"{key} goes by the split '{criterion.split}', which has examples without gold labels",
            path=f"training.{key}",
            hint=hint,
        )


def _wishes(options: TrainingOptions) -> list[str]:
    """Return the keys of a config that go by evaluations."""
    asked = {
        "metric": options.metric is not None,
        "patience": options.patience is not None,
        "load": options.load == "best",
        "keep_best": options.keep_best,
    }
    return [key for key, wanted in asked.items() if wanted]


def figures_of(task: Task) -> dict[str, bool]:
    """Whether more is better, by the name of each figure that an evaluation gives."""
    return {**metric_figures(task), LOSS: False}
