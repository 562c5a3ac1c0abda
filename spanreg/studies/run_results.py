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
    "Gold, shape: (examples,); of objects where an example has a list of labels."
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
    metrics: Mapping[str, Any]
    "What ``metrics.json`` says."
    data: Mapping[str, Any]
    "What ``data.json`` says."
    predictions: Predictions | None
    "None where the split has no gold labels."

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


def read_run(run: PlannedRun, path: Path, split: str) -> RunResult:
    """Reads a finished run.

    Args:
        run: which one.
        path: its folder.
        split: the split that the study looks at.

    Raises:
        ConfigurationError: a file is missing or damaged, or the run has no figures of the split.
    """
    metrics, data = read_json(path / "metrics.json"), read_json(path / "data.json")
    if split not in metrics["splits"]:
        raise ConfigurationError(
            f"the run '{run.arm}, seed {run.seed}' has no figures of the split '{split}'",
            hint=f"it has: {', '.join(metrics['splits'])}; or score it: spanreg evaluate {path} --split {split}",
        )
    predictions = _read_predictions(path / "predictions" / f"{split}.jsonl", data.get(split, {}).get("examples"))
    return RunResult(run, path, _task(read_json(path / "inference.json")["task"]), metrics, data, predictions)


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


def _read_predictions(path: Path, expected: int | None) -> Predictions | None:
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
    if expected is not None and len(rows) != expected:
        raise ConfigurationError(f"{path} is cut: it has {len(rows)} of {expected} predictions", hint=_AGAIN)
    if any(label is None for _, label, _ in rows):
        return None
    indices, labels, predictions = zip(*rows, strict=True)
    return Predictions(np.asarray(indices, np.int64), _column(labels), _column(predictions))


def _column(values: Sequence[Any]) -> NDArray[Any]:
    if not isinstance(values[0], list):
        return np.asarray(values)
    column = np.empty(len(values), dtype=object)
    column[:] = [np.asarray(value) for value in values]
    return column


def _first_damaged(lines: Sequence[str]) -> int:
    for number, line in enumerate(lines, start=1):
        try:
            if not {"idx", "label", "prediction"} <= json.loads(line).keys():
                return number
        except (ValueError, AttributeError):
            return number
    return len(lines)
