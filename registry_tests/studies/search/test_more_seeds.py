"""Studies that add seeds until the differences of their arms are decided."""

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
"Share of wrong predictions by arm."
ARMS = {"clear": {"aggregator": "none"}, "same": {"segmenter": "random"}}


def predictions(wrong: float, seed: int) -> list[int]:
    """Return predictions that are wrong on about a share of the examples, mostly the same ones under every seed."""
    order = np.random.default_rng(7).permutation(GOLD.size)
    count = round(wrong * GOLD.size) + int(np.random.default_rng(seed + round(100 * wrong)).integers(-2, 3))
    flipped = np.isin(np.arange(GOLD.size), order[:count])
    return np.where(flipped, 1 - GOLD, GOLD).tolist()


class RunWriter:
    """Writes the runs of a plan instead of training them.

    Attributes:
        seeds: number of seeds by arm, for each call.
        folder: the study that the last call wrote.
    """

    def __init__(self, make_study: Callable[..., Path]) -> None:
        self.make_study = make_study
        self.seeds: list[dict[str, int]] = []

    def __call__(self, plan: StudyPlan) -> StudyOutcome:
        before = sum(self.seeds[-1].values()) if self.seeds else 0
        self.seeds.append({arm.name: len(arm.seeds) for arm in plan.arms})
        by_arm = {arm.name: {seed: predictions(WRONG[arm.name], seed) for seed in arm.seeds} for arm in plan.arms}
        if self.seeds[:-1]:
            shutil.rmtree(self.folder)
        self.folder = self.make_study(by_arm, GOLD.tolist(), plan={"until": "decided", "margin": plan.study.margin})
        now = sum(self.seeds[-1].values())
        return StudyOutcome(StudyReader(self.folder).read(), made=now - before, there=before)


def plan_and_rule(make_plan: Callable[..., StudyPlan], **keys: Any) -> tuple[StudyPlan, SeedRule]:
    """Return the plan of a study with at most eight seeds, and its rule for adding them."""
    plan = make_plan(seeds={"until": "decided", "at_most": 8}, arms=ARMS, **keys)
    assert plan.study.seed_rule is not None
    return plan, plan.study.seed_rule


def test_only_undecided_arms_and_their_baseline_get_more_seeds(
    make_plan: Callable[..., StudyPlan], make_study: Callable[..., Path], tmp_path: Path
) -> None:
    plan, rule = plan_and_rule(make_plan)
    writer = RunWriter(make_study)
    folder = StudyReader(tmp_path / "made")
    outcome = run_until_decided(plan, folder, rule, writer)
    assert writer.seeds[0] == {"base": 3, "clear": 3, "same": 3}
    assert writer.seeds[-1]["same"] == writer.seeds[-1]["base"] == 8, "without a margin, equal arms are never decided"
    assert writer.seeds[-1]["clear"] < 8
    assert (outcome.made, outcome.there) == (sum(writer.seeds[-1].values()), 0)
    results = read_results(folder)
    assert results.arm("clear").comparison is not None
    assert results.arm("clear").comparison.significant
    assert SEQUENTIAL in notes(report_facts(results))
    # A repeated call starts with the existing seeds, and adds none.
    repeated = RunWriter(make_study)
    repeated.folder, repeated.seeds = writer.folder, [writer.seeds[-1]]
    run_until_decided(plan, folder, rule, repeated)
    assert repeated.seeds == [writer.seeds[-1]] * 2


def test_a_margin_decides_that_arms_are_equivalent(
    make_plan: Callable[..., StudyPlan], make_study: Callable[..., Path], tmp_path: Path
) -> None:
    plan, rule = plan_and_rule(make_plan, margin=20.0)
    writer = RunWriter(make_study)
    run_until_decided(plan, StudyReader(tmp_path / "made"), rule, writer)
    assert writer.seeds[-1]["same"] < 8
    same = read_results(StudyReader(tmp_path / "made")).arm("same").comparison
    assert same is not None
    assert same.verdict == "equivalent"


def test_no_seeds_are_added_after_a_failed_run(
    make_plan: Callable[..., StudyPlan], make_study: Callable[..., Path], tmp_path: Path
) -> None:
    plan, rule = plan_and_rule(make_plan)
    writer = RunWriter(make_study)

    def write_and_fail(plan: StudyPlan) -> StudyOutcome:
        outcome = writer(plan)
        return StudyOutcome(outcome.record, outcome.made, outcome.there, failed=[(outcome.record.runs[0], "boom")])

    assert run_until_decided(plan, StudyReader(tmp_path / "made"), rule, write_and_fail).failed
    assert len(writer.seeds) == 1


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"seeds": {"until": "decided", "at_most": 4, "at_least": 6}}, "seeds.at_least"),
        ({"seeds": {"until": "bored"}}, "seeds"),
        ({"seeds": {"until": "decided"}, "folds": 3}, "seeds"),
        (
            {"seeds": {"until": "decided"}, "search": {"space": {"segmenter": ["single", "random"]}, "seed": 15}},
            "search.seed",
        ),
    ],
)
def test_invalid_seed_rules_are_reported_at_their_key(
    make_plan: Callable[..., StudyPlan], keys: dict[str, Any], path: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_plan(**keys)
    assert any(problem.path.startswith(path) for problem in caught.value.problems), caught.value
