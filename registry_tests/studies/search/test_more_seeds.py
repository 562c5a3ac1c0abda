"""Seeds that are added until the differences of a study are decided."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.options.seed_rule import SeedRule
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyOutcome
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.tables import SEQUENTIAL, notes
from spanreg.studies.search.more_seeds import run_until_decided

GOLD = np.random.default_rng(0).integers(2, size=200)
WRONG = {"base": 0.5, "clear": 0.2, "same": 0.5}
ARMS = {"clear": {"aggregator": "none"}, "same": {"segmenter": "random"}}


def predictions(wrong: float, seed: int) -> list[int]:
    """Wrong on about a share of the examples, which are mostly the same ones under every seed."""
    order = np.random.default_rng(7).permutation(GOLD.size)
    count = round(wrong * GOLD.size) + int(np.random.default_rng(seed + round(100 * wrong)).integers(-2, 3))
    flipped = np.isin(np.arange(GOLD.size), order[:count])
    return np.where(flipped, 1 - GOLD, GOLD).tolist()


class Writer:
    """Writes the runs of a plan in place of training them."""

    def __init__(self, make_study: Callable[..., Path]) -> None:
        self.make_study = make_study
        self.seeds: list[dict[str, int]] = []

    def __call__(self, plan: StudyPlan) -> StudyOutcome:
        before = sum(self.seeds[-1].values()) if self.seeds else 0
        self.seeds.append({arm.name: len(arm.seeds) for arm in plan.arms})
        made = {arm.name: {seed: predictions(WRONG[arm.name], seed) for seed in arm.seeds} for arm in plan.arms}
        if self.seeds[:-1]:
            shutil.rmtree(self.folder)
        self.folder = self.make_study(made, GOLD.tolist(), plan={"until": "decided", "margin": plan.study.margin})
        now = sum(self.seeds[-1].values())
        return StudyOutcome(StudyReader(self.folder).read(), made=now - before, there=before)


def plan_of(make_plan: Callable[..., StudyPlan], **keys: Any) -> tuple[StudyPlan, SeedRule]:
    plan = make_plan(seeds={"until": "decided", "at_most": 8}, arms=ARMS, **keys)
    assert plan.study.seed_rule is not None
    return plan, plan.study.seed_rule


def test_only_undecided_arms_and_their_baseline_grow(
    make_plan: Callable[..., StudyPlan], make_study: Callable[..., Path], tmp_path: Path
) -> None:
    plan, rule = plan_of(make_plan)
    run = Writer(make_study)
    folder = StudyReader(tmp_path / "made")
    end = run_until_decided(plan, folder, rule, run)
    assert run.seeds[0] == {"base": 3, "clear": 3, "same": 3}
    assert run.seeds[-1]["same"] == run.seeds[-1]["base"] == 8, "never decided without a margin"
    assert run.seeds[-1]["clear"] < 8
    assert (end.made, end.there) == (sum(run.seeds[-1].values()), 0)
    results = read_results(folder)
    assert results.arm("clear").comparison is not None
    assert results.arm("clear").comparison.significant
    assert SEQUENTIAL in notes(report_facts(results))
    # A repeated call resumes with the seeds that are there, and adds none.
    again = Writer(make_study)
    again.folder, again.seeds = run.folder, [run.seeds[-1]]
    run_until_decided(plan, folder, rule, again)
    assert again.seeds == [run.seeds[-1]] * 2


def test_a_margin_decides_that_there_is_no_difference(
    make_plan: Callable[..., StudyPlan], make_study: Callable[..., Path], tmp_path: Path
) -> None:
    plan, rule = plan_of(make_plan, margin=20.0)
    run = Writer(make_study)
    run_until_decided(plan, StudyReader(tmp_path / "made"), rule, run)
    assert run.seeds[-1]["same"] < 8
    same = read_results(StudyReader(tmp_path / "made")).arm("same").comparison
    assert same is not None
    assert same.verdict == "equivalent"


def test_nothing_grows_after_a_failure(
    make_plan: Callable[..., StudyPlan], make_study: Callable[..., Path], tmp_path: Path
) -> None:
    plan, rule = plan_of(make_plan)
    run = Writer(make_study)

    def failing(plan: StudyPlan) -> StudyOutcome:
        end = run(plan)
        return StudyOutcome(end.record, end.made, end.there, failed=[(end.record.runs[0], "boom")])

    assert run_until_decided(plan, StudyReader(tmp_path / "made"), rule, failing).failed
    assert len(run.seeds) == 1


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"seeds": {"until": "decided", "at_most": 4, "at_least": 6}}, "seeds.at_most"),
        ({"seeds": {"until": "bored"}}, "seeds"),
        ({"seeds": {"until": "decided"}, "folds": 3}, "seeds"),
        (
            {"seeds": {"until": "decided"}, "search": {"space": {"segmenter": ["single", "random"]}, "seed": 15}},
            "search.seed",
        ),
    ],
)
def test_mistakes(make_plan: Callable[..., StudyPlan], keys: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_plan(**keys)
    assert any(problem.path.startswith(path) for problem in caught.value.problems), caught.value
