"""Metrics and predictions of a model on a prepared split."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.metrics import evaluate as evaluate_metrics
from spanreg.preparation import PreparedSplit
from spanreg.storage import whole_file
from spanreg.training.evaluation.batch_predictor import BatchPredictor, ModelPredictions


@dataclass(frozen=True, slots=True)
class SplitEvaluation:
    """Metrics and predictions of a model on a split.

    ``evaluate_split(task, prepared, predictor).figures["accuracy"]``
    """

    figures: dict[str, float]
    "The task's metrics, the main one first, and ``loss``; empty for a split without gold labels."
    scores: ModelPredictions
    labels: NDArray[Any] | list[NDArray[Any]] | None
    "Gold labels, in the form of ``scores.predictions``; None if some are missing."
    indices: NDArray[np.int64]
    "The examples' ``idx``, shape: (examples,)."
    words: list[list[str]] | None = None
    "The gold tokens of each example, for token classification."


def evaluate_split(task: Task, prepared: PreparedSplit, predictor: BatchPredictor) -> SplitEvaluation:
    """Predict one split, and compute its metrics.

    Raises:
        ConfigurationError: the predictions are not finite.
    """
    dataset = prepared.dataset
    columns = dataset.with_format("numpy")
    indices, lengths = np.asarray(columns["idx"][:]), np.asarray(columns["length"][:])
    words = list(dataset["words"]) if task.kind == "token_classification" else None
    # With some labels missing no metric covers the whole split, so that the model gets none at all.
    if not prepared.labelled:
        scores = predictor(dataset.remove_columns(["labels"]) if "labels" in dataset.column_names else dataset, lengths)
        return SplitEvaluation({}, scores, None, indices, words)
    scores = predictor(dataset, lengths)
    labels: Any = (
        [np.asarray(row, np.int64) for row in dataset["labels"]] if words else np.asarray(columns["labels"][:])
    )
    figures = evaluate_metrics(task, scores.predictions, labels)
    return SplitEvaluation({**figures, "loss": float(scores.loss or 0.0)}, scores, labels, indices, words)


def write_predictions(path: Path, evaluated: SplitEvaluation) -> None:
    """Write the predictions of a split as JSON Lines.

    Each example has ``idx``, ``label`` (null without gold), ``prediction`` and ``logits``. For token classification
    there are ``words`` instead of the logits, and ``label`` and ``prediction`` are lists with an id for each word, -1
    for a truncated one. For a multi-label task they are lists of 0 and 1, in the order of the label ids.
    """
    labels, scores = evaluated.labels, evaluated.scores
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for row, (index, prediction) in enumerate(zip(evaluated.indices, scores.predictions, strict=True)):
            record = {
                "idx": int(index),
                "label": None if labels is None else _plain(labels[row]),
                "prediction": _plain(prediction),
            }
            # The logits of every token of a text would make the file many times as large as the data.
            if evaluated.words is None:
                record["logits"] = _plain(scores.logits[row])
            else:
                record["words"] = evaluated.words[row]
            stream.write(json.dumps(record) + "\n")


def write_evaluation(path: Path, evaluated: SplitEvaluation) -> None:
    """Write only the predictions, one JSON value a line, in the order of ``write_predictions``."""
    with whole_file(path) as temporary:
        lines = (json.dumps(_plain(prediction)) + "\n" for prediction in evaluated.scores.predictions)
        temporary.write_text("".join(lines), encoding="utf-8")


def _plain(value: Any) -> Any:
    """Return a JSON number or a list of them; a float32 has the fewest digits that restore it exactly."""
    if isinstance(value, np.ndarray):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, np.integer) else float(str(value))
