"""Folds of a study: each is a run, and together they predict every example once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import baycomp
import numpy as np
import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.cli.main import main
from spanreg.data import DatasetReader, Task
from spanreg.metrics import Metric
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.comparisons import with_comparisons
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.run_results import RunResult
from spanreg.studies.analyse.selection import selection_effects
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.statement import statement
from spanreg.studies.report.tables import FEW, FOLDS, SEQUENTIAL, notes


def test_the_folds_of_a_seed_are_joined_into_one_result(
    make_plan: Callable[..., StudyPlan], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = make_plan(seeds=[1], folds=2)
    outcome = run_study(plan, tmp_path / "s", InProcessExecutor(), StudyRequest("s"))
    assert (outcome.made, outcome.failed) == (2, [])
    result = read_results(StudyReader(tmp_path / "s")).arm("base").runs[0]
    whole = DatasetReader.from_params({"type": "demo", "limit": 32}).read("train")
    assert result.predictions is not None
    assert result.predictions.indices.tolist() == whole["idx"]
    assert result.predictions.labels.tolist() == whole["label"]
    assert result.figures["accuracy"] == np.mean(result.predictions.predictions == result.predictions.labels)
    assert [fold.run.fold for fold in result.folds] == [0, 1]
    (effect,) = selection_effects(read_results(StudyReader(tmp_path / "s")))
    assert (effect.unbiased, effect.problem) == (None, "the folds of a seed have no evaluations in common")
    # With reserved examples, the score of the table is that of a part: not the recorded one, which is of all examples.
    read = read_results(StudyReader(tmp_path / "s"))
    (effect,) = selection_effects(replace(read, arms=[replace(arm, scores=[0.25]) for arm in read.arms]))
    assert (effect.released, effect.best_step) == (0.25, None)
    assert main(["study", "status", str(tmp_path / "s"), "--json"]) == 0
    assert [run["fold"] for run in json.loads(capsys.readouterr().out)["runs"]] == [0, 1]
    assert main(["study", "pack", str(tmp_path / "s"), "-o", str(tmp_path / "s.zip"), "--with-texts"]) == 0
    for study in (tmp_path / "s", tmp_path / "s.zip"):
        assert main(["report", str(study), "-o", str(tmp_path / "page.html")]) == 0


def test_an_arm_without_all_its_folds_has_no_score(make_study: Callable[..., Path]) -> None:
    gold = [0, 1] * 10
    folder = make_study({"plain": {1: gold}, "spans": {1: gold}}, gold, plan={"folds": 2})
    # Each run is the first of two folds, so the second is missing.
    written: dict[str, Any] = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    for run in written["runs"]:
        run["fold"] = 0
    (folder / "plan.json").write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no arm of the study in .* has all its folds finished"):
        read_results(StudyReader(folder))


def test_arms_are_compared_over_folds_by_the_corrected_resampled_t_test(make_study: Callable[..., Path]) -> None:
    generator = np.random.default_rng(0)
    gold = generator.integers(2, size=120)
    predictions = {
        arm: {seed: np.where(generator.random(120) < wrong, 1 - gold, gold).tolist() for seed in (1, 2)}
        for arm, wrong in (("plain", 0.4), ("spans", 0.25))
    }
    folds = np.arange(120) % 5
    results = read_results(StudyReader(make_study(predictions, gold.tolist())), compared=False)
    arms = [replace(arm, runs=[with_folds(run, folds) for run in arm.runs]) for arm in results.arms]
    compared = with_comparisons(arms)[1].comparison
    assert compared is not None
    by_fold = {
        arm: [
            np.mean([(np.array(run)[folds == fold] == gold[folds == fold]).mean() for run in predictions[arm].values()])
            for fold in range(5)
        ]
        for arm in predictions
    }
    # Without recorded sizes, the ratio of test to training examples is 1 / (5 - 1). The p-value of the corrected test
    # is twice the smaller posterior probability.
    below, above = baycomp.two_on_single(np.array(by_fold["plain"]), np.array(by_fold["spans"]))
    assert compared.p == pytest.approx(2 * min(below, above))
    assert (compared.basis, compared.seeds, compared.seed_share) == ("folds", (1, 2), None)
    facts = report_facts(replace(results, arms=with_comparisons(arms)))
    assert any("corrected resampled t-test" in note for note in notes(facts))
    assert FEW not in notes(facts), "two seeds are enough for a test over five folds"
    assert FOLDS in " ".join(statement(facts))
    assert SEQUENTIAL in " ".join(statement({**facts, "until": "decided"}))


def test_a_metric_that_fails_on_a_fold_leaves_the_other_tests(
    make_study: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    @Metric.register("fragile")
    class FragileMetric(Metric):
        """Accuracy that is undefined for a few examples."""

        figures = ("fragile",)

        def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
            if len(labels) < 60:
                raise ValueError("too few examples")
            return {"fragile": float(np.mean(predictions == labels))}

    gold = np.arange(120) % 2
    predictions = {
        arm: {seed: np.where(np.arange(120) % step == seed, 1 - gold, gold).tolist() for seed in (1, 2, 3)}
        for arm, step in (("plain", 4), ("spans", 9))
    }
    task = Task("idioms", "classification", ("no", "yes"), ("fragile",), pair=False)
    results = read_results(StudyReader(make_study(predictions, gold.tolist(), task)), compared=False)
    folds = np.arange(120) % 5
    compared = with_comparisons(
        [replace(arm, runs=[with_folds(run, folds) for run in arm.runs]) for arm in results.arms]
    )[1].comparison
    assert compared is not None
    assert compared.basis != "folds"
    assert "'fragile' cannot be computed on a fold (too few examples)" in caplog.text


def with_folds(run: RunResult, folds: np.ndarray) -> RunResult:
    """Return a run whose predictions are divided into folds, as if it had been joined from them."""
    assert run.predictions is not None
    return replace(
        run,
        folds=tuple(
            replace(run, predictions=run.predictions.only(folds == fold), run=replace(run.run, fold=fold), data={})
            for fold in range(folds.max() + 1)
        ),
    )
