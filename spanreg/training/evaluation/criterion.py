"""Selection of the best evaluation of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanreg.data.base import Task
from spanreg.data.sources.splits import is_test_split
from spanreg.metrics import figures_of, main_metric
from spanreg.metrics.task_metrics import task_with
from spanreg.registry import ConfigurationError, Lazy, suggest
from spanreg.training.config.options import TrainingOptions

LOSS = "loss"


@dataclass(frozen=True, slots=True)
class SelectionCriterion:
    """The metric that selects the best evaluation.

    ``str(SelectionCriterion("validation", "f1", greater_is_better=True)) == "validation.f1"``
    """

    split: str
    figure: str
    greater_is_better: bool

    def __str__(self) -> str:
        return f"{self.split}.{self.figure}"

    def of(self, figures: Mapping[str, Mapping[str, float]]) -> float | None:
        """Return its value in an evaluation; None if the split has no gold labels."""
        return figures[self.split].get(self.figure)


@dataclass(slots=True)
class BestEvaluation:
    """The best evaluation so far.

    ``BestEvaluation(criterion).update(figures, step=100)``
    """

    criterion: SelectionCriterion
    value: float | None = None
    step: int = 0
    "Step after which it was made."
    worse_since: int = 0
    "Evaluations since then, none of which was better."

    def update(self, figures: Mapping[str, Mapping[str, float]], step: int) -> bool:
        """Compare an evaluation with the best, and return whether it is better; of equal ones the first stays."""
        value = self.criterion.of(figures)
        sign = 1 if self.criterion.greater_is_better else -1

        if value is not None and (self.value is None or sign * value > sign * self.value):
            self.value, self.step, self.worse_since = value, step, 0
            return True
        self.worse_since += 1
        return False

    def state(self) -> dict[str, Any]:
        """Return the state, for a checkpoint."""
        return {"value": self.value, "step": self.step, "worse_since": self.worse_since}


def choose_criterion(options: TrainingOptions, task: Task, splits: Sequence[str]) -> SelectionCriterion | None:
    """Return the metric that ``training.metric`` names, by default the task's main metric.

    Args:
        options: the ``training`` part of the config.
        task: the task, which has the metrics.
        splits: the evaluation splits; a metric without a split is computed on the first.

    Returns:
        None if there are no evaluation splits.

    Raises:
        ConfigurationError: there is no such metric or split, or no evaluation split for a key that needs one.
    """
    if not splits:
        for key in _keys_with_evaluations(options):
            raise ConfigurationError(
                f"{key} needs evaluations, and the data have no split to evaluate on",
                path=f"training.{key}",
                hint="give data with a split that is neither training nor test, or leave the key out",
            )
        return None
    better = evaluation_directions(task)
    named = options.metric if not isinstance(options.metric, Lazy) else task_with(task, options.metric)[1]
    split, _, figure = (named or main_metric(task)).rpartition(".")
    if figure not in better or (split and split not in splits):
        known = [*better, *(f"{name}.{other}" for name in splits[1:] for other in better)]
        hint = suggest(named or figure, known, "metrics")
        # Selecting weights on the test split would make its score an overestimate.
        if figure in better and is_test_split(split):
            hint = f"a test split must not select weights; {hint}"
        raise ConfigurationError(f"the task {task.name} has no metric '{named}'", path="training.metric", hint=hint)
    return SelectionCriterion(split or splits[0], figure, better[figure])


def require_gold_labels(
    options: TrainingOptions, criterion: SelectionCriterion | None, labelled: Mapping[str, bool]
) -> None:
    """Check that the selecting metric can be computed if a key of the config needs it.

    Args:
        options: the ``training`` part of the config.
        criterion: the selecting metric.
        labelled: for each split whether all its examples have gold labels.

    Raises:
        ConfigurationError: a key needs the metric, and its split has examples without gold labels.
    """
    if criterion is None or labelled[criterion.split]:
        return
    others = [name for name in labelled if labelled[name] and name != "train"]
    hint = (
        f"name another by metric: '{others[0]}.{criterion.figure}'" if others else "give labels, or leave the key out"
    )
    for key in _keys_with_evaluations(options):
        raise ConfigurationError(
            f"{key} needs the split '{criterion.split}', which has examples without gold labels",
            path=f"training.{key}",
            hint=hint,
        )


def _keys_with_evaluations(options: TrainingOptions) -> list[str]:
    """Return the keys of a config that need evaluations."""
    asked = {
        "metric": options.metric is not None,
        "patience": options.patience is not None,
        "load": options.load == "best",
        "keep_best": options.keep_best,
    }
    return [key for key, wanted in asked.items() if wanted]


def evaluation_directions(task: Task) -> dict[str, bool]:
    """Return whether greater is better, by the name of each value that an evaluation computes."""
    return {**figures_of(task), LOSS: False}
