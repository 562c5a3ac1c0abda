"""Figures and per-example predictions of a prepared split."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.metrics import evaluate as evaluate_metrics
from spanreg.preparation import Prepared
from spanreg.storage import whole_file
from spanreg.training.inference import Scorer, Scores


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a model makes of a split."""

    figures: dict[str, float]
    "The task's metrics, the main one first, and ``loss``; empty for a split without gold labels."
    scores: Scores
    labels: NDArray[Any] | None
    "Gold labels, shape: (examples,); None where some are missing."
    indices: NDArray[np.int64]
    "The examples' ``idx``, shape: (examples,)."


def evaluate_split(task: Task, prepared: Prepared, scorer: Scorer) -> Evaluated:
    """Scores one split.

    Raises:
        ConfigurationError: the predictions are not finite.
    """
    dataset = prepared.dataset
    columns = dataset.with_format("numpy")
    indices, lengths = np.asarray(columns["idx"][:]), np.asarray(columns["length"][:])
    if not prepared.labelled:
        scores = scorer(dataset.remove_columns(["labels"]) if "labels" in dataset.column_names else dataset, lengths)
        return Evaluated({}, scores, None, indices)
    scores = scorer(dataset, lengths)
    labels = np.asarray(columns["labels"][:])
    figures = evaluate_metrics(task, scores.predictions, labels)
    return Evaluated({**figures, "loss": float(scores.loss or 0.0)}, scores, labels, indices)


def write_predictions(path: Path, evaluated: Evaluated) -> None:
    """One JSON object a line and example: ``idx``, ``label`` (null without gold), ``prediction``, ``logits``."""
    labels = evaluated.labels
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for row, (index, prediction) in enumerate(zip(evaluated.indices, evaluated.scores.predictions, strict=True)):
            record = {
                "idx": int(index),
                "label": None if labels is None else _plain(labels[row]),
                "prediction": _plain(prediction),
                "logits": [_plain(logit) for logit in evaluated.scores.logits[row]],
            }
            stream.write(json.dumps(record) + "\n")


def _plain(value: np.generic) -> int | float:
    """A JSON number; a float32 in the few digits that give it back exactly."""
    return int(value) if isinstance(value, np.integer) else float(str(value))
