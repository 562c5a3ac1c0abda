"""Multi-label runs, from a file to predictions, with texts without words among the data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.training.serving.evaluate import evaluate_on_file, evaluate_on_split
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

ROWS = [("the red fox ran", "fox|red"), ("a brown bear slept", "bear"), ("the red bear", "bear|red"), ("   ", "")] * 8


@pytest.fixture(scope="module")
def run(make_config: Any, tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """Return a run that is trained until it knows its sentences; tests only read it."""
    folder = tmp_path_factory.mktemp("topics")
    path = folder / "train.tsv"
    path.write_text("\n".join(["text\tlabel", *("\t".join(row) for row in ROWS)]) + "\n")
    files = {"train": str(path), "validation": str(path)}
    data = {"type": "tsv", "files": files, "kind": "multi_label", "labels": ["fox", "bear", "red"]}
    train(Params(make_config({"epochs": 12, "learning_rate": 1e-2}, data=data)), folder / "run")
    return SavedRun(folder / "run")


def test_a_run_learns_its_labels_and_evaluates_to_the_recorded_figures(run: SavedRun) -> None:
    metrics = run.folder.read("metrics")
    assert metrics["main"] == "micro_f1"
    assert metrics["splits"]["validation"]["micro_f1"] > 0.9
    assert evaluate_on_split(run, "validation") == pytest.approx(metrics["splits"]["validation"])
    first = json.loads((run.folder.predictions / "validation.jsonl").read_text().splitlines()[0])
    assert first["label"] == [1, 0, 1]
    assert len(first["prediction"]) == len(first["logits"]) == 3


def test_predict_returns_label_words_and_scores(run: SavedRun) -> None:
    answer, blank = predict(run, [['{"text": "the red fox ran"}', '{"text": "  "}']], "f")
    assert answer["labels"] == [word for word, score in answer["scores"].items() if score >= 0.5]
    assert set(answer["scores"]) == {"fox", "bear", "red"}
    assert blank["spans"] == []


def test_labels_of_a_file_are_lists_of_words_or_ids(run: SavedRun, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "the red fox ran", "label": ["red", 0]}\n{"text": "", "label": []}')
    assert set(evaluate_on_file(run, path)) == {"micro_f1", "macro_f1", "subset_accuracy", "loss"}
    path.write_text('{"text": "a", "label": 3}')
    with pytest.raises(ConfigurationError, match="the labels are 3. give a list of labels, or a string"):
        evaluate_on_file(run, path)
