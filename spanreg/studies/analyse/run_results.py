"""Read the results of a finished run of a study from the run's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task, task_of_json
from spanreg.metrics import evaluate
from spanreg.metrics.task_metrics import task_with
from spanreg.registry import ConfigurationError, Problem
from spanreg.storage import damaged, shape_fault
from spanreg.studies.execute.folder import REPEAT_RUN
from spanreg.studies.execute.record import PlannedRun
from spanreg.training.runs.reader import RunReader

SCORE_TOLERANCE = 1e-6
"Largest difference of two computations of one score, as a share of the score where it is above 1."
# The order of a sum changes its last digits. A metric of the user's, such as a squared error, may have any size.

# The types below declare only what is read: a folder may come from a stranger, and a file of another shape is reported
# as damaged before any of it is used.
_Figures = dict[str, float | None]


class _Evaluation(TypedDict):
    step: int
    splits: dict[str, _Figures]


class _Point(TypedDict):
    step: int
    loss: float | None


class _Timing(TypedDict, total=False):
    seconds: float
    peak_memory: int | None


class _Parameters(TypedDict, total=False):
    all: int


class _Best(TypedDict):
    figure: str


class _Metrics(TypedDict):
    """The part of ``metrics.json`` that is read."""

    main: str
    splits: dict[str, _Figures]
    training: NotRequired[_Timing]
    parameters: NotRequired[_Parameters]
    evaluations: NotRequired[list[_Evaluation]]
    curve: NotRequired[list[_Point]]
    best: NotRequired[_Best | None]


class _SplitData(TypedDict, total=False):
    """The part of a split's entry in ``data.json`` that is read."""

    examples: int
    fingerprint: str | None
    spans: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RunPredictions:
    """Predictions of a run for the examples of a split.

    ``predictions.only(predictions.labels == 1)``
    """

    indices: NDArray[np.int64]
    "The examples' ``idx``, shape: (examples,)."
    labels: NDArray[Any]
    """Gold labels, shape: (examples,); (examples, labels) for multi-label tasks; where tokens are labelled, objects:
    one array of label ids per example."""
    predictions: NDArray[Any]
    "In the form of ``labels``."

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> RunPredictions:
        """Return the predictions for some of the examples, given by a mask or by their positions."""
        return RunPredictions(self.indices[chosen], self.labels[chosen], self.predictions[chosen])


@dataclass(frozen=True, slots=True)
class RunResult:
    """Results of one finished run.

    ``read_run(run, folder.run_path(run)).figures``
    """

    run: PlannedRun
    path: Path
    task: Task
    split: str
    "Name of the split that ``figures`` and ``predictions`` belong to."
    metrics: Mapping[str, Any]
    "Content of ``metrics.json``."
    data: Mapping[str, Any]
    "Content of ``data.json``."
    predictions: RunPredictions | None
    "Predictions for the split; None if it has no gold labels."
    folds: tuple[RunResult, ...] = ()
    """Results of the folds, in order, if this result joins the folds of one seed; its predictions are then those of all
    folds."""

    @property
    def name(self) -> str:
        """Name of the run for messages: ``plain, seed 3``."""
        return self.run.name

    @property
    def figures(self) -> Mapping[str, float | None]:
        """All figures of the split; None for one that is not finite."""
        figures: Mapping[str, float | None] = self.metrics["splits"][self.split]
        return figures

    @property
    def seconds(self) -> float:
        """Training time in seconds, without evaluations."""
        return float(self.metrics["training"]["seconds"])

    @property
    def peak_memory(self) -> int | None:
        """Most memory of the training at one time, in bytes; None if the run did not record it."""
        found: int | None = self.metrics["training"].get("peak_memory")
        return found

    @property
    def parameters(self) -> int:
        """Number of all weights."""
        return int(self.metrics["parameters"]["all"])

    @property
    def scored_examples(self) -> int:
        """Number of scored examples; 0 without gold labels."""
        return 0 if self.predictions is None else len(self.predictions.indices)

    @property
    def training_examples(self) -> int:
        """Number of training examples; 0 if the run recorded none."""
        recorded = self.data.get("train") or {}
        return int(recorded.get("examples") or 0)

    def environment(self) -> dict[str, Any]:
        """Return the content of ``environment.json``.

        Raises:
            DamagedFileError: it is missing or damaged.
        """
        return RunReader(self.path, REPEAT_RUN).read("environment")


def read_run(run: PlannedRun, path: Path, split: str | None = None) -> RunResult:
    """Read a finished run, each file verified against the run's manifest.

    Args:
        run: the run.
        path: its folder.
        split: the split to read; default: the first evaluation split.

    Raises:
        ConfigurationError: a file is missing or damaged, or the run has no figures of the split.
    """
    reader = RunReader(path, REPEAT_RUN)
    metrics, data, inference = (reader.read(name) for name in ("metrics", "data", "inference"))
    for name, content, shape in (("metrics", metrics, _Metrics), ("data", data, dict[str, _SplitData])):
        if fault := shape_fault(content, shape):
            raise damaged(path / f"{name}.json", fault, REPEAT_RUN)
    try:
        known, task = list(metrics["splits"]), task_of_json(inference["task"])
        split = split or known[0]
    except (KeyError, IndexError, ConfigurationError) as error:
        raise damaged(path, f"its metrics or its task cannot be read ({error})", REPEAT_RUN) from error
    if split not in known:
        raise ConfigurationError(
            f"the run '{run.name}' has no figures of the split '{split}'",
            hint=f"it has: {', '.join(known)}; or score it: spanreg evaluate {path} --split {split}",
        )
    # data.json has the number of examples, so a truncated file of predictions is detected without a manifest.
    recorded = data.get(split)
    expected = recorded.get("examples") if isinstance(recorded, Mapping) else None
    predictions = _read_predictions(reader, split, task, expected)
    if predictions is None and metrics["splits"][split]:
        problem = f"it has no gold labels, but metrics.json has scores of {split}"
        raise damaged(reader.predictions_of(split), problem, REPEAT_RUN)
    return RunResult(run, path, task, split, metrics, data, predictions)


def require_agreement(results: Sequence[RunResult]) -> None:
    """Check that the recorded scores of runs follow from their predictions.

    Raises:
        ConfigurationError: ``metrics.json`` and ``predictions/`` of a run disagree; all such runs are named.
    """
    problems = [Problem(f"'{result.name}': {found}") for result in results if (found := _disagreement(result))]
    if problems:
        last = Problem("metrics.json and predictions/ of a run disagree: one of them was changed", hint=REPEAT_RUN)
        raise ConfigurationError([*problems, last])


def _disagreement(result: RunResult) -> str:
    """Return a message about the first score that does not follow from the predictions; empty if all do."""
    found = result.predictions
    if found is None:
        return ""
    try:
        computed = evaluate(result.task, *(_as_scored(result.task, one) for one in (found.predictions, found.labels)))
    except Exception as error:  # scikit-learn raises many types of exceptions for numbers that are not predictions
        problem = f"its predictions cannot be scored ({error})"
        raise damaged(result.path / "predictions" / f"{result.split}.jsonl", problem, REPEAT_RUN) from error
    for name, recorded in result.metrics["splits"][result.split].items():
        if name in computed and not _agree(recorded, computed[name]):
            return f"{name} on {result.split} is {recorded} in metrics.json, {computed[name]} by its predictions"
    return ""


def _agree(recorded: float | None, computed: float) -> bool:
    """Return whether a recorded figure is the computed one; figures that are not finite are recorded as null."""
    # A score of NaN or infinity must agree with another such score: NaN differs from everything, also from itself.
    if recorded is None or not isfinite(recorded) or not isfinite(computed):
        return not isfinite(computed) and (recorded is None or not isfinite(recorded))
    return scores_agree(computed, recorded)


def scores_agree(first: float, second: float) -> bool:
    """Return whether two finite scores are the same up to rounding.

    ``scores_agree(2500.0, 2500.0001)`` is True.
    """
    return abs(first - second) <= SCORE_TOLERANCE * max(1.0, abs(first), abs(second))


def _as_scored(task: Task, values: NDArray[Any]) -> NDArray[Any]:
    """Return labels or predictions in the type that a training scores: float32 for regression, others unchanged."""
    if task.kind != "regression":
        return values
    # A file has the fewest digits that restore a float32. As float64 they are another number, from which a difference
    # of large values gets another score. A file may have values that float32 lacks; infinity cannot be scored.
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def read_evaluation(result: RunResult, step: int, gold: RunPredictions) -> RunPredictions | None:
    """Return the predictions of the evaluation after a step for all examples of the run's split.

    Args:
        result: the run.
        step: the step of the evaluation.
        gold: the run's predictions of the whole split, whose examples and labels these are.

    Returns:
        The predictions; None if the run kept none of this evaluation, like runs of earlier versions.

    Raises:
        DamagedFileError: the file is damaged.
    """
    run = RunReader(result.path, REPEAT_RUN)
    path, values = run.find_evaluation(result.split, step), run.read_evaluation(result.split, step)
    if path is None or values is None:
        return None
    try:
        found = _column(result.task, values)
    except (ValueError, TypeError, OverflowError) as error:
        raise damaged(path, "it does not have one prediction per line", REPEAT_RUN) from error
    if len(found) != len(gold.indices):
        raise damaged(path, f"it has {len(found)} of {len(gold.indices)} predictions", REPEAT_RUN)
    return RunPredictions(gold.indices, gold.labels, found)


def with_metric(result: RunResult, metric: Mapping[str, Any]) -> RunResult:
    """Return a run's result with the figures of one more metric, also those of its evaluations.

    Raises:
        ConfigurationError: the split has no gold labels, or the metric is for another kind of task.
    """
    gold = result.predictions
    if gold is None:
        problem = f"the split '{result.split}' of '{result.name}' has no gold labels to compute a metric from"
        raise ConfigurationError(problem, path="metric", hint="name a split that has them by split: '...'")
    task, _ = task_with(result.task, metric)
    added = replace(task, metrics=(metric,))
    split = result.split

    def with_figures(splits: Mapping[str, Any], predictions: RunPredictions) -> dict[str, Any]:
        figures = evaluate(added, predictions.predictions, predictions.labels)
        return {**splits, split: {**splits.get(split, {}), **figures}}

    evaluations = []
    for one in result.metrics.get("evaluations", ()):
        # An evaluation without predictions is left out: a recorded figure of the same name may have other options.
        if (predicted := read_evaluation(result, int(one["step"]), gold)) is not None:
            evaluations.append({**one, "splits": with_figures(one["splits"], predicted)})
    metrics = {**result.metrics, "splits": with_figures(result.metrics["splits"], gold), "evaluations": evaluations}
    return replace(result, task=task, metrics=metrics)


def _read_predictions(run: RunReader, split: str, task: Task, expected: int | None) -> RunPredictions | None:
    """Return the predictions of a split; None if it has no gold labels.

    Raises:
        ConfigurationError: the file is damaged, or some of its examples have no gold label.
    """
    records = run.read_predictions(split, expected)
    rows = [(record["idx"], record["label"], record["prediction"]) for record in records]
    unlabelled = sum(label is None for _, label, _ in rows)
    if unlabelled == len(rows):
        return None
    if unlabelled:
        problem = f"{unlabelled} of {len(rows)} examples have no gold label, though a split has all or none"
        raise damaged(run.predictions_of(split), problem, REPEAT_RUN)
    indices, labels, predictions = zip(*rows, strict=True)
    try:
        return RunPredictions(np.asarray(indices, np.int64), _column(task, labels), _column(task, predictions))
    except (ValueError, TypeError, OverflowError) as error:
        path = run.predictions_of(split)
        raise damaged(path, f"its predictions are not those of a task of the kind {task.kind}", REPEAT_RUN) from error


def _column(task: Task, values: Sequence[Any]) -> NDArray[Any]:
    """Return labels or predictions as an array, checked against the kind and the labels of the task.

    Raises:
        ValueError: they are not labels of such a task. numpy raises TypeError and OverflowError for some other values.
    """
    if task.kind != "token_classification":
        column = np.asarray(values)
        if column.dtype.kind not in ("iuf" if task.kind == "regression" else "iu"):
            raise ValueError("these are not numbers of the task")
        if task.kind == "classification" and not ((column >= 0) & (column < len(task.labels))).all():
            raise ValueError("a label is not one of the task")
        return column
    column = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):  # assigned at once, numpy would make a matrix of rows of one length
        column[row] = np.asarray(value, np.int64)
        # Without a lower limit: the prediction for a token that was truncated is -1.
        if column[row].ndim != 1 or (column[row] >= len(task.labels)).any():
            raise ValueError("a label is not one of the task")
    return column
