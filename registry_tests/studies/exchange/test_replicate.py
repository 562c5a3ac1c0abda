"""Replications: equal results with the same seeds, and a test of the gap with fresh seeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from registry_tests.in_process import InProcessExecutor
from spanreg.cli.main import main
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import StudyResults, read_results
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.exchange.replicate import replication_plan, replications
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study

MakeStudy = Callable[..., Path]
GOLD = np.random.default_rng(0).integers(2, size=400)


def predictions_with_errors(wrong: float, seed: int) -> list[int]:
    """Return predictions, each of which is wrong with a probability."""
    flipped = np.random.default_rng(seed).random(GOLD.size) < wrong
    return np.where(flipped, 1 - GOLD, GOLD).tolist()


def study_results(make_study_in: MakeStudy, folder: Path, spans: float, first: int) -> StudyResults:
    """Return the results of a study of four seeds from ``first``, whose arm ``spans`` has this error rate."""
    predictions = {
        "plain": {seed: predictions_with_errors(0.4, 100 + seed) for seed in range(first, first + 4)},
        "spans": {seed: predictions_with_errors(spans, 200 + seed) for seed in range(first, first + 4)},
    }
    return read_results(StudyReader(make_study_in(folder, predictions, GOLD.tolist())))


def test_the_gap_between_two_studies_is_tested_over_the_seeds(make_study_in: MakeStudy, tmp_path: Path) -> None:
    original = study_results(make_study_in, tmp_path / "a", 0.3, first=1)
    similar = study_results(make_study_in, tmp_path / "b", 0.3, first=11)
    different = study_results(make_study_in, tmp_path / "c", 0.1, first=21)
    found, failed = replications(original, similar)[0], replications(original, different)[0]
    before, after = (study.arm("spans").comparison for study in (original, similar))
    assert before is not None
    assert after is not None
    expected = stats.ttest_ind(after.differences, before.differences, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.gap == pytest.approx(after.difference - before.difference)
    assert (found.verdict, found.overlap) == ("reproduced", True)
    assert (failed.verdict, failed.inside) == ("not reproduced", False)
    assert replications(original, original)[0].verdict == "identical"


def test_studies_of_one_seed_are_not_tested(make_study_in: MakeStudy, tmp_path: Path) -> None:
    studies = []
    for name, seed in (("a", 1), ("b", 2)):
        predictions = {
            "plain": {seed: predictions_with_errors(0.4, seed)},
            "spans": {seed: predictions_with_errors(0.2, seed)},
        }
        studies.append(read_results(StudyReader(make_study_in(tmp_path / name, predictions, GOLD.tolist()))))
    assert replications(*studies)[0].verdict == "untested"


def test_studies_of_different_examples_are_rejected(make_study_in: MakeStudy, tmp_path: Path) -> None:
    original = study_results(make_study_in, tmp_path / "a", 0.3, first=1)
    predictions = {"plain": {1: [0, 1] * 5}, "spans": {1: [1, 1] * 5}}
    replication = read_results(StudyReader(make_study_in(tmp_path / "b", predictions, [0, 1] * 5)))
    with pytest.raises(ConfigurationError, match="'spans' was scored on other examples in the replication"):
        replications(original, replication)


def test_a_replication_with_the_same_seeds_is_identical(
    make_plan: Callable[..., StudyPlan],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("spanreg.cli.commands.study.replicate.build_executor", lambda *arguments: InProcessExecutor())
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, seeds=[1])
    run_study(plan, tmp_path / "s", InProcessExecutor(), StudyRequest("s"))
    assert main(["study", "pack", str(tmp_path / "s"), "-o", str(tmp_path / "s.zip")]) == 0
    capsys.readouterr()
    assert main(["study", "replicate", str(tmp_path / "s.zip"), "-s", str(tmp_path / "r"), "--json"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (printed["made"], [arm["verdict"] for arm in printed["arms"]]) == (2, ["identical"])
    assert main(["study", "compare", str(tmp_path / "s"), str(tmp_path / "r")]) == 0
    assert "the studies have the same arms, data and code" in capsys.readouterr().out
    assert main(["study", "replicate", str(tmp_path / "s.zip")]) == 2
    fresh = replication_plan(StudyReader(tmp_path / "s").read(), fresh_seeds=True)
    assert [run.name for run in fresh.runs] == ["base, seed 2", "plain, seed 2"]
