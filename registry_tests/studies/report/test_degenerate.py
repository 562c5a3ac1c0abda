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
"Phrases that a report may use only for a tested result."


def with_errors(wrong: int, seeds: int, shift: int = 0) -> dict[int, list[int]]:
    """Return predictions by seed with a number of errors, drawn by seed plus ``shift``."""
    predictions = {}
    for seed in range(1, seeds + 1):
        # One error more under odd seeds, so that the scores of seeds differ.
        flipped = np.random.default_rng(seed + shift).permutation(GOLD.size) < wrong + seed % 2
        predictions[seed] = np.where(flipped, 1 - GOLD, GOLD).tolist()
    return predictions


def under_three_seeds(predictions: NDArray[np.int64]) -> dict[int, list[int]]:
    """Return the same predictions for each of three seeds."""
    return {seed: predictions.tolist() for seed in (1, 2, 3)}


@dataclass
class ReportedStudy:
    """Results of a study, and its report in each format."""

    results: StudyResults
    texts: dict[str, str]


@pytest.fixture
def report_study(make_study: Callable[..., Path]) -> Callable[..., ReportedStudy]:
    """Return a function that writes a study, changes it by ``edit``, and reports it without NaN or infinity."""

    def make(
        predictions: Any, labels: Any = None, edit: Callable[[Path], None] | None = None, **options: Any
    ) -> ReportedStudy:
        options = {"plan": MARGIN, **options}
        study = make_study(predictions, GOLD.tolist() if labels is None else labels, **options)
        if edit:
            edit(study)
        results = read_results(StudyReader(study))
        report = make_report(results, ("md", "latex"))
        texts = {form: spell_document(report, form) for form in FORMATS if form != "json"}
        texts["json"] = json.dumps(report.to_json(), allow_nan=False)
        for form, text in texts.items():
            assert not re.search(r"(?<![A-Za-z])[-+]?(nan|inf|NaN|Infinity)(?![A-Za-z])", text), form
        return ReportedStudy(results, texts)

    return make


def edit_losses(*values: float | None) -> Callable[[Path], None]:
    """Return an edit that gives these losses to the runs of a study, in the order of their folders."""

    def edit(study: Path) -> None:
        for file, value in zip(sorted(study.glob("runs/*/metrics.json")), values, strict=True):
            metrics = json.loads(file.read_text(encoding="utf-8"))
            metrics["splits"]["validation"]["loss"] = value
            file.write_text(json.dumps(metrics), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    ("predictions", "labels"),
    [
        ({"plain": with_errors(10, 1), "spans": with_errors(2, 1, 9)}, None),
        ({"plain": with_errors(10, 2), "spans": with_errors(2, 2, 9)}, None),
        ({"plain": under_three_seeds(1 - GOLD), "spans": under_three_seeds(1 - GOLD)}, None),
        ({"plain": under_three_seeds(GOLD[:1]), "spans": under_three_seeds(1 - GOLD[:1])}, GOLD[:1].tolist()),
        ({"plain": with_errors(10, 3), "spans": {7: with_errors(2, 1)[1], 8: with_errors(1, 1)[1]}}, None),
    ],
    ids=["one seed", "two seeds", "all wrong", "one example", "no common seed"],
)  # fmt: skip
def test_untestable_studies_make_no_claim(
    report_study: Callable[..., ReportedStudy], predictions: Any, labels: Any
) -> None:
    found = report_study(predictions, labels)
    assert not CLAIM.search(found.texts["md"])
    arm = found.results.arm("spans").comparison
    assert arm is None or (arm.p, arm.low, arm.equivalence, arm.verdict) == (None, None, None, "not tested")
    (plan,) = seed_plans(found.results, 1.0)
    assert plan.seeds is None
    assert plan.problem


def test_perfect_arms_do_not_prove_equivalence(report_study: Callable[..., ReportedStudy]) -> None:
    found = report_study({"plain": under_three_seeds(GOLD), "spans": under_three_seeds(GOLD)})
    compared = found.results.arm("spans").comparison
    assert compared is not None
    assert compared.low is not None
    assert compared.low < -0.005, "40 examples do not show a difference below half a point"
    assert compared.verdict == "no difference found"
    assert "'spans' ties with 'plain'" in found.texts["md"]


def test_a_grid_of_equal_arms_has_no_effects(report_study: Callable[..., ReportedStudy]) -> None:
    # The weights of a regression have rounding errors, which once made differences of 1e-17 significant.
    axes = [(kind, cut) for kind in ("none", "cnn", "flat") for cut in ("fixed", "random")]
    arms = {f"{a},{s}": {"choice": {"aggregator": a, "segmenter": s}} for a, s in axes}
    found = report_study(dict.fromkeys(arms, with_errors(10, 3)), arms=arms, plan={"modes": ["grid"]})
    assert "### Effects of the axes" in found.texts["md"]
    assert not CLAIM.search(found.texts["md"].partition("### Effects of the axes")[2])


def test_a_smaller_loss_is_better_and_has_four_digits(report_study: Callable[..., ReportedStudy]) -> None:
    predictions = {"plain": with_errors(10, 3), "spans": with_errors(3, 3, 9)}
    plan = {"plan": {**MARGIN, "metric": "loss"}}
    text = report_study(predictions, edit=edit_losses(0.3301, 0.3311, 0.3321, 0.3121, 0.3123, 0.3119), **plan).texts[
        "md"
    ]
    assert "'spans' is significantly better than 'plain' on validation: -0.0190 of loss" in text
    assert "| spans | 0.3121 ± 0.0002 | -0.0190* |" in text
    assert "plain (b), spans (a)" in text
    assert "counts both seeds and examples" not in text


def test_runs_without_a_finite_score_count_as_failed(report_study: Callable[..., ReportedStudy]) -> None:
    predictions, plan = {"plain": with_errors(10, 3), "spans": with_errors(3, 3, 9)}, {"plan": {"metric": "loss"}}
    text = report_study(predictions, edit=edit_losses(0.5, 0.5, 0.6, float("nan"), None, 0.4), **plan).texts["md"]
    assert "spans, seed 1 (failed: its loss is not a finite number); spans, seed 2 (failed" in text
    assert "Compared only on the seeds that the baseline has as well (3)" in text
    assert "4 of 6 runs are finished" in text


def test_a_study_without_any_score_is_rejected(make_study: Callable[..., Path]) -> None:
    study = make_study({"plain": with_errors(10, 2)}, GOLD.tolist(), plan={"metric": "loss"})
    edit_losses(float("inf"), None)(study)
    with pytest.raises(ConfigurationError, match="metric: no run has a score: its loss is not a finite number"):
        read_results(StudyReader(study))


def test_unshared_seeds_and_untested_pairs_are_named(report_study: Callable[..., ReportedStudy]) -> None:
    text = report_study({"plain": with_errors(10, 4), "a": with_errors(2, 3, 9), "b": with_errors(3, 2, 5)}).texts["md"]
    assert (
        "Compared only on the seeds that the baseline has as well (1, 2), so the difference is not that of the means: "
        "'b'." in text
    )
    assert "Not tested, so a shared letter means nothing: plain and b; a and b." in text
    assert re.search(r"'a' is significantly better than 'plain' on validation: .*; 1 arm is not tested\.", text)


def test_aggregates_over_tasks_of_one_seed_have_no_intervals(report_study: Callable[..., ReportedStudy]) -> None:
    names = {(task, kind): f"{task},{kind}" for task in ("rte", "cola") for kind in ("none", "cnn")}
    tasks = {name: Task(task, "classification", ("n", "y"), ("accuracy",), False) for (task, _), name in names.items()}
    golds = {name: GOLD[: 40 if task == "rte" else 38].tolist() for (task, _), name in names.items()}
    text = report_study(
        {name: {1: with_errors(len(kind), 1)[1][: len(golds[name])]} for (_, kind), name in names.items()},
        tasks=tasks,
        golds=golds,
        arms={name: {"choice": {"data.task": t, "aggregator": kind}} for (t, kind), name in names.items()},
    ).texts["md"]
    assert "without intervals, since a task has fewer than 3 seeds" in text
    panel = text.partition("### Over tasks")[2].partition("### ")[0]
    assert panel
    assert " to " not in panel


def test_a_margin_is_not_applied_to_figures_of_different_units(report_study: Callable[..., ReportedStudy]) -> None:
    names = {("rte", "none"): "a", ("rte", "cnn"): "b", ("mse", "none"): "c", ("mse", "cnn"): "d"}
    tasks = {name: Task(t, "classification", ("n", "y"), ("accuracy",), False) for (t, _), name in names.items()}

    def report_losses(study: Path) -> None:
        for file in [*study.glob("runs/c-*/metrics.json"), *study.glob("runs/d-*/metrics.json")]:
            file.write_text(file.read_text(encoding="utf-8").replace('"main": "accuracy"', '"main": "loss"'))

    text = report_study(
        {name: with_errors(10 + place, 3, place) for place, name in enumerate(names.values())},
        tasks=tasks,
        arms={name: {"choice": {"data.task": t, "aggregator": kind}} for (t, kind), name in names.items()},
        edit=report_losses,
    ).texts["md"]
    assert "The margin of 0.5 is not applied, since the figures of the tasks have different units." in text
    assert "p (margin)" not in text


def test_slices_with_an_undefined_correlation_are_omitted(report_study: Callable[..., ReportedStudy]) -> None:
    cola = Task("cola", "classification", ("n", "y"), ("matthews_correlation",), False)
    plan = {"slices": ["label"]}
    text = report_study({"plain": with_errors(10, 3), "spans": with_errors(3, 3, 9)}, task=cola, plan=plan).texts["md"]
    assert "Left out, since matthews_correlation is not defined for their labels: label = y, label = n." in text


def test_a_study_that_still_adds_seeds_is_not_called_decided(report_study: Callable[..., ReportedStudy]) -> None:
    text = report_study({"plain": with_errors(10, 3), "spans": with_errors(9, 3, 9)}, plan={"until": "decided"}).texts[
        "md"
    ]
    assert "Seeds are added until each difference is decided" in text
    assert "Not decided with the seeds so far: 'spans'." in text


def test_a_star_for_small_figures_is_not_called_a_tie(report_study: Callable[..., ReportedStudy]) -> None:
    losses = (4.1e-5, 4.2e-5, 4.3e-5, 2.1e-5, 2.2e-5, 2.4e-5)
    predictions = {"plain": with_errors(10, 3), "spans": with_errors(3, 3, 9)}
    text = report_study(predictions, edit=edit_losses(*losses), plan={"metric": "loss"}).texts["md"]
    assert "'spans' is significantly better than 'plain' on validation" in text
    assert "ties" not in text
