"""Predictions of every evaluation in the run folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from spanreg.metrics import evaluate
from spanreg.storage import read_manifest
from spanreg.training.runs.reader import finished_run
from spanreg.training.serving.saved_run import SavedRun


def test_predictions_of_every_evaluation_give_its_figures(finished: Path) -> None:
    run, task = finished_run(finished), SavedRun(finished).task
    rows = [json.loads(line) for line in run.predictions_of("validation").read_text(encoding="utf-8").splitlines()]
    labels = np.array([row["label"] for row in rows])
    history = run.read("metrics")["evaluations"]
    assert len(history) == 2
    for evaluation in history:
        lines = run.evaluation_of("validation", evaluation["step"]).read_text(encoding="utf-8").splitlines()
        predictions = np.array([json.loads(line) for line in lines])
        figures = evaluate(task, predictions, labels)
        assert {name: evaluation["splits"]["validation"][name] for name in figures} == figures
    # Those of the last evaluation.
    assert predictions.tolist() == [row["prediction"] for row in rows]
    manifest = read_manifest(finished)
    assert manifest is not None
    assert {f"evaluations/validation.{evaluation['step']}.txt" for evaluation in history} <= set(manifest.names())
