"""What a finished run of a study left behind, read from its folder alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.studies.folder import PlannedRun

_AGAIN = "remove that run's folder, and 'spanreg study run' makes it again"


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a run made of the examples of a split."""

    indices: NDArray[np.int64]
    "The examples' ``idx``, shape: (examples,)."
    labels: NDArray[Any]
    """Gold, shape: (examples,); for multi-label tasks (examples, labels); where tokens are labelled, objects: an array
    of label ids for each example."""
    predictions: NDArray[Any]
    "In the form of ``labels``."

    def only(self, chosen: NDArray[np.bool_]) -> Predictions:
        """Those of some of the examples."""
        return Predictions(self.indices[chosen], self.labels[chosen], self.predictions[chosen])


@dataclass(frozen=True, slots=True)
class RunResult:
    """One finished run."""

    run: PlannedRun
    path: Path
    task: Task
    split: str
    "The split that is looked at."
    metrics: Mapping[str, Any]
    "What ``metrics.json`` says."
    data: Mapping[str, Any]
    "What ``data.json`` says."
    predictions: Predictions | None
    "Of the split; None where it has no gold labels."

    @property
    def name(self) -> str:
        """For people: ``plain, seed 3``."""
        return f"{self.run.arm}, seed {self.run.seed}"

    @property
    def figures(self) -> Mapping[str, float]:
        """All figures of the split."""
        figures: Mapping[str, float] = self.metrics["splits"][self.split]
        return figures

    @property
    def seconds(self) -> float:
        """Time of the training."""
        return float(self.metrics["training"]["seconds"])

    @property
    def parameters(self) -> int:
        """Number of all weights."""
        return int(self.metrics["parameters"]["all"])

    def environment(self) -> dict[str, Any]:
        """What ``environment.json`` says."""
        found: dict[str, Any] = read_json(self.path / "environment.json")
        return found


def read_run(run: PlannedRun, path: Path, split: str | None = None) -> RunResult:
    """Reads a finished run.

    Args:
        run: which one.
        path: its folder.
        split: the split to look at; default: the first that the run was scored on.

    Raises:
        ConfigurationError: a file is missing or damaged, or the run has no figures of the split.
    """
    metrics, data, inference = (_read_object(path / f"{name}.json") for name in ("metrics", "data", "inference"))
    try:
        known, task = list(metrics["splits"]), _task(inference["task"])
    except (KeyError, TypeError):
        raise ConfigurationError(f"the run in {path} is damaged", hint=_AGAIN) from None
    split = split or known[0]
    if split not in known:
        raise ConfigurationError(
            f"the run '{run.arm}, seed {run.seed}' has no figures of the split '{split}'",
            hint=f"it has: {', '.join(known)}; or score it: spanreg evaluate {path} --split {split}",
        )
    expected = data.get(split, {}).get("examples")
    predictions = _read_predictions(path / "predictions" / f"{split}.jsonl", task, expected)
    return RunResult(run, path, task, split, metrics, data, predictions)


def _task(written: Mapping[str, Any]) -> Task:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in written.items()}
    return Task(**fields)


def read_json(path: Path) -> Any:
    """A JSON file of a run.

    Raises:
        ConfigurationError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing", hint=_AGAIN) from None
    except ValueError:
        raise ConfigurationError(f"{path} is damaged: it is no JSON", hint=_AGAIN) from None


def _read_object(path: Path) -> dict[str, Any]:
    found = read_json(path)
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path} is damaged: it is no object", hint=_AGAIN)
    return found


def _read_predictions(path: Path, task: Task, expected: int | None) -> Predictions | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise ConfigurationError(f"{path} is missing", hint=_AGAIN) from None
    try:
        records = [json.loads(line) for line in lines]
        rows = [(record["idx"], record["label"], record["prediction"]) for record in records]
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(
            f"{path} is damaged: line {_first_damaged(lines)} is no prediction", hint=_AGAIN
        ) from None
    if not rows or (expected is not None and len(rows) != expected):
        raise ConfigurationError(f"{path} is cut: it has {len(rows)} of {expected or 'some'} predictions", hint=_AGAIN)
    if any(label is None for _, label, _ in rows):
        return None
    indices, labels, predictions = zip(*rows, strict=True)
    return Predictions(np.asarray(indices, np.int64), _column(task, labels), _column(task, predictions))


def _column(task: Task, values: Sequence[Any]) -> NDArray[Any]:
    if task.kind != "token_classification":
        return np.asarray(values)
    column = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):  # all at once, numpy would make rows of one length a matrix
        column[row] = np.asarray(value, np.int64)
    return column


def _first_damaged(lines: Sequence[str]) -> int:
    for number, line in enumerate(lines, start=1):
        try:
            if not {"idx", "label", "prediction"} <= json.loads(line).keys():
                return number
        except (ValueError, AttributeError):
            return number
    return len(lines)
