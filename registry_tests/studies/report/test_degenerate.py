"""Reports of degenerate studies: no claim that their runs do not support, and no NaN or infinity."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.power import seed_plans
from spanreg.studies.analyse.results import StudyResults, read_results
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.formats.document import make_report, spell_document

GOLD = np.random.default_rng(0).integers(2, size=40)
FORMATS = ("md", "latex", "csv", "json")
MARGIN = {"margin": 0.5, "compare": "all"}
CLAIM = re.compile(r"\d\*|(is|are) significantly|(?<!not )differ significantly from|< 0\.001|ruled out for|shown to be")
"What a report may write only with a test."


def runs(wrong: int, seeds: int, shift: int = 0) -> dict[int, list[int]]:
    """Return predictions with some wrong answers, one more under odd seeds."""
    made = {}
    for seed in range(1, seeds + 1):
        flipped = np.random.default_rng(seed + shift).permutation(GOLD.size) < wrong + seed % 2
        made[seed] = np.where(flipped, 1 - GOLD, GOLD).tolist()
    return made


def always(answers: NDArray[np.int64]) -> dict[int, list[int]]:
    """Return equal predictions for three seeds."""
    return {seed: answers.tolist() for seed in (1, 2, 3)}


@dataclass
class Reported:
    """A study's results, with its report in each format."""

    results: StudyResults
    texts: dict[str, str]


@pytest.fixture
def reported(make_study: Callable[..., Path]) -> Callable[..., Reported]:
    def make(predictions: Any, labels: Any = None, edit: Callable[[Path], None] | None = None, **rest: Any) -> Reported:
        rest = {"plan": MARGIN, **rest}
        study = make_study(predictions, GOLD.tolist() if labels is None else labels, **rest)
        if edit:
            edit(study)
        results = read_results(StudyReader(study))
        report = make_report(results, ("md", "latex"))
        texts = {form: spell_document(report, form) for form in FORMATS if form != "json"}
        texts["json"] = json.dumps(report.to_json(), allow_nan=False)
        for form, text in texts.items():
            assert not re.search(r"(?<![A-Za-z])[-+]?(nan|inf|NaN|Infinity)(?![A-Za-z])", text), form
        return Reported(results, texts)

    return make


def losses(*values: float | None) -> Callable[[Path], None]:
    """An edit that gives the runs of ``plain`` and ``spans``, in order, these losses."""

    def edit(study: Path) -> None:
        for file, value in zip(sorted(study.glob("runs/*/metrics.json")), values, strict=True):
            written = json.loads(file.read_text(encoding="utf-8"))
            written["splits"]["validation"]["loss"] = value
            file.write_text(json.dumps(written), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    ("predictions", "labels"),
    [
        ({"plain": runs(10, 1), "spans": runs(2, 1, 9)}, None),
        ({"plain": runs(10, 2), "spans": runs(2, 2, 9)}, None),
        ({"plain": always(1 - GOLD), "spans": always(1 - GOLD)}, None),
        ({"plain": always(GOLD[:1]), "spans": always(1 - GOLD[:1])}, GOLD[:1].tolist()),
        ({"plain": runs(10, 3), "spans": {7: runs(2, 1)[1], 8: runs(1, 1)[1]}}, None),
    ],
    ids=["one seed", "two seeds", "all wrong", "one example", "no common seed"],
)  # fmt: skip
def test_what_cannot_be_tested_claims_nothing(reported: Callable[..., Reported], predictions: Any, labels: Any) -> None:
    found = reported(predictions, labels)
    assert not CLAIM.search(found.texts["md"])
    arm = found.results.arm("spans").comparison
    assert arm is None or (arm.p, arm.low, arm.equivalence, arm.verdict) == (None, None, None, "not tested")
    (plan,) = seed_plans(found.results, 1.0)
    assert plan.seeds is None
    assert plan.problem


def test_arms_that_are_all_right_are_no_proof_of_equivalence(reported: Callable[..., Reported]) -> None:
    found = reported({"plain": always(GOLD), "spans": always(GOLD)})
    compared = found.results.arm("spans").comparison
    assert compared is not None
    assert compared.low is not None
    assert compared.low < -0.005, "40 examples do not show a difference below half a point"
    assert compared.verdict == "no difference found"
    assert "'spans' ties with 'plain'" in found.texts["md"]


def test_a_grid_of_equal_arms_has_no_effects(reported: Callable[..., Reported]) -> None:
    """The weights of a regression have rounding errors, which once made differences of 1e-17 significant."""
    axes = [(kind, cut) for kind in ("none", "cnn", "flat") for cut in ("fixed", "random")]
    arms = {f"{a},{s}": {"choice": {"aggregator": a, "segmenter": s}} for a, s in axes}
    found = reported(dict.fromkeys(arms, runs(10, 3)), arms=arms, plan={"modes": ["grid"]})
    assert "### Effects of the axes" in found.texts["md"]
    assert not CLAIM.search(found.texts["md"].partition("### Effects of the axes")[2])


def test_a_smaller_loss_is_better_and_shown_with_its_digits(reported: Callable[..., Reported]) -> None:
    predictions = {"plain": runs(10, 3), "spans": runs(3, 3, 9)}
    plan = {"plan": {**MARGIN, "metric": "loss"}}
    text = reported(predictions, edit=losses(0.3301, 0.3311, 0.3321, 0.3121, 0.3123, 0.3119), **plan).texts["md"]
    assert "'spans' is significantly better than 'plain' on validation: -0.0190 of loss" in text
    assert "| spans | 0.3121 ± 0.0002 | -0.0190* |" in text
    assert "plain (b), spans (a)" in text
    assert "counts both seeds and examples" not in text


def test_a_run_without_a_score_has_failed(reported: Callable[..., Reported]) -> None:
    predictions, plan = {"plain": runs(10, 3), "spans": runs(3, 3, 9)}, {"plan": {"metric": "loss"}}
    text = reported(predictions, edit=losses(0.5, 0.5, 0.6, float("nan"), None, 0.4), **plan).texts["md"]
    assert "spans, seed 1 (failed: its loss is not a finite number); spans, seed 2 (failed" in text
    assert "Compared only on the seeds that the baseline has as well (3)" in text
    assert "4 of 6 runs are finished" in text


def test_a_study_without_any_score_says_so(make_study: Callable[..., Path]) -> None:
    study = make_study({"plain": runs(10, 2)}, GOLD.tolist(), plan={"metric": "loss"})
    losses(float("inf"), None)(study)
    with pytest.raises(ConfigurationError, match="metric: no run has a score: its loss is not a finite number"):
        read_results(StudyReader(study))


def test_seeds_that_are_not_shared_and_pairs_without_a_test_are_named(reported: Callable[..., Reported]) -> None:
    text = reported({"plain": runs(10, 4), "a": runs(2, 3, 9), "b": runs(3, 2, 5)}).texts["md"]
    assert (
        "Compared only on the seeds that the baseline has as well (1, 2), so the difference is not that of the means: "
        "'b'." in text
    )
    assert "Not tested, so a shared letter means nothing: plain and b; a and b." in text
    assert re.search(r"'a' is significantly better than 'plain' on validation: .*; 1 arm is not tested\.", text)


def test_the_intervals_of_one_seed_over_tasks_are_left_out(reported: Callable[..., Reported]) -> None:
    names = {(task, kind): f"{task},{kind}" for task in ("rte", "cola") for kind in ("none", "cnn")}
    task = {name: Task(task, "classification", ("n", "y"), ("accuracy",), False) for (task, _), name in names.items()}
    golds = {name: GOLD[: 40 if task == "rte" else 38].tolist() for (task, _), name in names.items()}
    text = reported(
        {name: {1: runs(len(kind), 1)[1][: len(golds[name])]} for (_, kind), name in names.items()},
        tasks=task,
        golds=golds,
        arms={name: {"choice": {"data.task": t, "aggregator": kind}} for (t, kind), name in names.items()},
    ).texts["md"]
    assert "without intervals, since a task has fewer than 3 seeds" in text
    assert " to " not in text.partition("### Over tasks")[2].partition("### ")[0].replace("is better than", "")


def test_one_margin_does_not_serve_figures_of_two_units(reported: Callable[..., Reported]) -> None:
    names = {("rte", "none"): "a", ("rte", "cnn"): "b", ("mse", "none"): "c", ("mse", "cnn"): "d"}
    tasks = {name: Task(t, "classification", ("n", "y"), ("accuracy",), False) for (t, _), name in names.items()}

    def by_loss(study: Path) -> None:
        for file in [*study.glob("runs/c-*/metrics.json"), *study.glob("runs/d-*/metrics.json")]:
            file.write_text(file.read_text(encoding="utf-8").replace('"main": "accuracy"', '"main": "loss"'))

    text = reported(
        {name: runs(10 + place, 3, place) for place, name in enumerate(names.values())},
        tasks=tasks,
        arms={name: {"choice": {"data.task": t, "aggregator": kind}} for (t, kind), name in names.items()},
        edit=by_loss,
    ).texts["md"]
    assert "The margin of 0.5 is not applied, since the figures of the tasks have different units." in text
    assert "p (margin)" not in text


def test_a_correlation_is_left_out_where_it_is_not_defined(reported: Callable[..., Reported]) -> None:
    cola = Task("cola", "classification", ("n", "y"), ("matthews_correlation",), False)
    plan = {"slices": ["label"]}
    text = reported({"plain": runs(10, 3), "spans": runs(3, 3, 9)}, task=cola, plan=plan).texts["md"]
    assert "Left out, since matthews_correlation is not defined for their labels: label = y, label = n." in text


def test_seeds_that_are_still_added_are_not_called_decided(reported: Callable[..., Reported]) -> None:
    text = reported({"plain": runs(10, 3), "spans": runs(9, 3, 9)}, plan={"until": "decided"}).texts["md"]
    assert "Seeds are added until each difference is decided" in text
    assert "Not decided with the seeds so far: 'spans'." in text
