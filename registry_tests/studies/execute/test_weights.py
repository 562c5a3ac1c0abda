"""Studies that keep the weights of all runs, of the best run of each arm, or of none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.cli.main import main
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study
from spanreg.studies.execute.weights import WeightKeeper

MakePlan = Callable[..., StudyPlan]


def test_a_study_that_keeps_no_weights_is_complete_without_them(
    make_plan: MakePlan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, folder = make_plan(seeds=[1], keep_weights="none"), tmp_path / "s"
    outcome = run_study(plan, folder, InProcessExecutor(), StudyRequest("s"))
    run = folder / outcome.record.runs[0].folder
    assert not (run / "model").exists()
    assert read_results(StudyReader(folder)).baseline.mean is not None
    assert run_study(plan, folder, InProcessExecutor(), StudyRequest("s")).made == 0
    assert main(["verify", str(run)]) == 0
    assert "its weights were not kept (keep_weights: 'none' of the study)" in capsys.readouterr().out
    assert main(["predict", str(run), "-"]) == 2
    problem = f"the weights of the run in {run} were not kept (keep_weights: 'none' of the study). train its config"
    assert f"{problem}.json" in capsys.readouterr().err
    assert main(["study", "status", str(folder)]) == 0
    assert "weights are kept of no run" in capsys.readouterr().out
    (run / "copy.jsonnet").write_text((run / "config.json").read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["train", str(run / "copy.jsonnet"), "-s", str(run), "-q"]) == 0, "a finished run is not trained again"


def test_the_best_run_of_each_arm_keeps_its_weights(make_plan: MakePlan, make_study: Callable[..., Path]) -> None:
    gold = [0, 1] * 10
    half_right = [0] * 20
    folder = make_study(
        {"plain": {1: half_right, 2: gold}, "spans": {1: gold, 2: half_right}}, gold, plan={"keep_weights": "best"}
    )
    runs = StudyReader(folder).read().runs
    for run in runs:
        (folder / run.folder / "model").mkdir()
    WeightKeeper(StudyReader(folder), StudyReader(folder).read()).discard()
    kept = [(run.arm, run.seed) for run in runs if (folder / run.folder / "model").exists()]
    assert kept == [("plain", 2), ("spans", 1)]
    status: dict[str, Any] = json.loads((folder / runs[0].folder / "status.json").read_text(encoding="utf-8"))
    assert status["weights"] == "keep_weights: 'best' of the study"
