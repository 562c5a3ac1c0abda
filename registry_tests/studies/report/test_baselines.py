"""Studies with several baselines: every sentence names the baseline that an arm is compared with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from spanreg.data.base import Task
from spanreg.studies.analyse.results import read_results
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.formats.document import make_report, spell_document

GOLD = np.random.default_rng(0).integers(2, size=160)
WRONG = {"plain": 0.35, "cnn": 0.25, "plain tuned": 0.2, "cnn tuned": 0.23}
"Share of wrong predictions by arm: untuned, the second arm is better, and tuned it is worse."


def with_errors(wrong: float, size: int = GOLD.size) -> dict[int, list[int]]:
    """Return predictions of the first examples under three seeds, with a share of errors."""
    predictions = {}
    for seed in (1, 2, 3):
        flipped = np.random.default_rng([seed, round(100 * wrong)]).permutation(size) < round(wrong * size) + seed % 2
        predictions[seed] = np.where(flipped, 1 - GOLD[:size], GOLD[:size]).tolist()
    return predictions


def reported(study: Path) -> str:
    """Return the report of a study in Markdown."""
    return spell_document(make_report(read_results(StudyReader(study)), ("md",)), "md")


def test_tuned_arms_are_described_against_the_tuned_baseline(make_study: Callable[..., Path]) -> None:
    arms = {name: {"tuned_from": name.removesuffix(" tuned")} if "tuned" in name else {} for name in WRONG}
    text = reported(make_study({name: with_errors(wrong) for name, wrong in WRONG.items()}, GOLD.tolist(), arms=arms))
    # -2.92 points against 'plain tuned', though 'cnn tuned' is far above 'plain'.
    assert "| cnn tuned | 76.46" in text
    assert "significantly better than the baseline, 'plain' or 'plain tuned', on validation: 'cnn'" in text
    assert "Differences are against 'plain' for 'cnn'; 'plain tuned' for 'cnn tuned'." in text
    before, _, after = text.partition("The baseline 'plain tuned' reached an accuracy of 79.58 ± ")
    assert "the baseline 'plain' reached an accuracy of 64.58 ± " in before
    assert "No significant difference was found for 'cnn tuned' (-" in after
    assert "'cnn tuned' (" not in before


def test_one_tested_arm_is_compared_with_its_own_baseline(make_study: Callable[..., Path]) -> None:
    predictions = {"plain": with_errors(0.35), "plain tuned": with_errors(0.4), "cnn tuned": with_errors(0.1)}
    arms = {"plain": {}, "plain tuned": {"tuned_from": "plain"}, "cnn tuned": {"tuned_from": "cnn"}}
    failed = {("cnn", 1): {"state": "failed", "problem": "out of memory"}}
    text = reported(make_study(predictions, GOLD.tolist(), arms=arms, unfinished=failed))
    assert "'cnn tuned' is significantly better than 'plain tuned' on validation" in text
    assert "Differences are against 'plain tuned'." in text


def test_an_arm_on_data_without_a_baseline_is_not_called_unfinished(make_study: Callable[..., Path]) -> None:
    data = {"plain": ("none", 0), "cnn": ("cnn", 0), "other": ("cnn", 1)}
    arms = {
        name: {"config": {"data": {"type": "demo", "limit": 160 - other}, "aggregator": {"type": kind}}}
        for name, (kind, other) in data.items()
    }
    tasks = {
        name: Task(f"task {other}", "classification", ("n", "y"), ("accuracy",), False)
        for name, (_, other) in data.items()
    }
    predictions = {name: with_errors(0.3 if name == "plain" else 0.1, 160 - other) for name, (_, other) in data.items()}
    golds = {name: GOLD[: 160 - other].tolist() for name, (_, other) in data.items()}
    text = reported(make_study(predictions, [], arms=arms, tasks=tasks, golds=golds))
    why = "no arm is compared, since none differs from the baseline only in its data."
    assert f"On validation of task 1 (159 examples), {why}" in text
    assert "no run of a baseline is finished" not in text
