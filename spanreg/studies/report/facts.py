"""Compute the facts of a report in plain JSON, from which every other format is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import takewhile
from typing import Any

import numpy as np

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.effects.factorial import factorial_effects
from spanreg.studies.analyse.effects.interactions import interactions
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.run_results import RunResult
from spanreg.studies.analyse.size_curves import size_curves
from spanreg.studies.analyse.slices.slices import slice_families
from spanreg.studies.analyse.split_rows import reads_spans
from spanreg.studies.analyse.tasks.settings import setting_name
from spanreg.studies.execute.progress import FAILED, WAITING
from spanreg.studies.report.headline import headline
from spanreg.studies.report.quality import quality_facts, quality_warnings
from spanreg.studies.report.verdicts import (
    comparison_facts,
    factorial_facts,
    over_tasks_facts,
    pairs_facts,
    slices_facts,
)

DECISIVE = {
    "name": "two-way test of seeds and examples",
    "p": "p",
    "p_adjusted": "p_adjusted",
    "interval": ["low", "high"],
    "star": "significant",
}
"The test that decides on the star, and its fields in a comparison; the field ``basis`` names its samples."

EQUIVALENCE = {
    "name": "two one-sided tests against the margin",
    "p": "equivalence.p",
    "p_adjusted": "equivalence.p_adjusted",
    "interval": ["equivalence.low", "equivalence.high"],
    "probability": "equivalence.probability_within",
    "shown": "equivalence.shown",
}
"The test against the margin of a study, and its fields in a comparison."

DETAILS = [
    {"field": "p_seeds", "name": "paired t-test", "samples": "seeds"},
    {"field": "p_ranks", "name": "Wilcoxon's signed-rank test", "samples": "seeds"},
    {"field": "order", "name": "almost stochastic order", "samples": "seeds"},
    {"field": "p_examples", "name": "approximate randomisation", "samples": "examples"},
    {"field": "mcnemar", "name": "McNemar's test, by seed", "samples": "examples"},
    {"field": "p_bootstrap", "name": "paired bootstrap", "samples": "seeds and examples"},
]
"Further tests, which decide nothing: their fields in a comparison, and what each counts as samples."

_SAME_CAPACITY = 0.05
"Largest relative difference in the number of weights with which an arm counts as of the baseline's size."


def report_facts(results: StudyResults) -> dict[str, Any]:
    """Return the facts of a study.

    Differences are arm minus baseline in the unit of the figure; times are seconds of training without evaluation.
    """
    record, arms = results.record, [_arm(arm, results) for arm in results.arms]
    facts = {
        "study": record.name,
        "about": record.about,
        "caption": results.caption,
        "metric": results.metric,
        "split": results.split,
        "part": results.part,
        "examples": results.examples,
        "greater_is_better": all(arm.greater_is_better for arm in results.arms),
        # One scale for the whole report: a table of 81.20 and 0.4512 in one column would be misread.
        "scale": 100 if all(arm.percent for arm in results.arms) else 1,
        "several_tasks": results.several_tasks,
        "baseline": record.baseline,
        "modes": record.modes,
        "planned": len(record.runs),
        "finished": len(record.runs) - len(results.unfinished),
        "unfinished": [
            {"arm": one.run.arm, "seed": one.run.seed, "state": one.state, "problem": one.problem}
            for one in results.unfinished
        ],
        "arms": arms,
        "margin": results.margin,
        "until": record.until,
        "tests": {"decisive": DECISIVE, "equivalence": EQUIVALENCE, "details": DETAILS},
        "over_tasks": over_tasks_facts(results),
        "slices": [slices_facts(family) for family in slice_families(results)],
        "pairs": [pairs_facts(matrix) for matrix in results.pairs],
        "factorial": [factorial_facts(effect) for effect in factorial_effects(results)],
        "interactions": [{**asdict(row), "verdict": row.verdict} for row in interactions(results)],
        "registration": asdict(results.registration) if results.registration else None,
        "tuning": [asdict(tuning) for tuning in results.tunings],
        "size_curves": [asdict(curve) for curve in size_curves(results.arms)],
        "environment": _environment(results),
        "panel_choice": record.panels,
        "source": record.source,
    }
    return {**facts, "headline": headline(facts), "warnings": [*_margin_warnings(results), *quality_warnings(arms)]}


def _margin_warnings(results: StudyResults) -> list[str]:
    """Return a warning if the study has a margin that cannot be applied."""
    margin = results.record.margin
    if margin is None or results.margin is not None:
        return []
    return [f"The margin of {margin:g} is not applied, since the figures of the tasks have different units."]


def why_missing(states: Iterable[str]) -> str:
    """Return why an arm has no score, in words for a table.

    Args:
        states: states of its runs, none of which is finished.
    """
    found = set(states)
    if found == {FAILED}:
        return "failed"
    return "not run" if found <= {WAITING} else "not finished"


def _arm(arm: ArmResult, results: StudyResults) -> dict[str, Any]:
    first, compared = arm.runs[0] if arm.runs else None, arm.comparison
    # A baseline is its own reference, so that its ratios are 1 and not empty.
    base = results.arm(arm.against) if arm.against else arm if arm.is_baseline else None
    seconds = _ratio(arm.seconds, base.seconds if base else None)
    memory = _ratio(arm.peak_memory, base.peak_memory if base else None)
    gigabytes = None if arm.peak_memory is None else arm.peak_memory / 1e9
    parameters = _ratio(arm.parameters, base.parameters if base else None)
    return {
        "name": arm.name,
        "about": arm.arm.about,
        "tags": arm.arm.tags,
        "choice": arm.arm.choice,
        "changes": arm.arm.changes,
        "dropped": arm.arm.dropped,
        "match": arm.arm.match,
        "config": arm.arm.config,
        "task": arm.task,
        "setting": setting_name(arm.arm),
        "against": arm.against,
        "is_baseline": arm.is_baseline,
        "metric": arm.metric,
        "split": arm.split,
        "examples": arm.examples,
        "greater_is_better": arm.greater_is_better,
        "seeds": arm.seeds,
        "scores": arm.scores,
        "missing": ""
        if arm.scores
        else why_missing(one.state for one in results.unfinished if one.run.arm == arm.name),
        "mean": arm.mean,
        "deviation": arm.deviation,
        "figures": _figures(arm),
        "seconds": arm.seconds,
        "seconds_ratio": seconds,
        "memory_gb": gigabytes,
        "memory_ratio": memory,
        "parameters": arm.parameters,
        "parameters_ratio": parameters,
        "other_capacity": abs((parameters or 1.0) - 1) > _SAME_CAPACITY,
        "spans": first.data.get(first.split, {}).get("spans") if first else None,
        "reads_spans": reads_spans(arm),
        "same_spans_as": _same_spans(arm, results.arms),
        "same_predictions_as": _same_predictions(arm, results.arms),
        "curves": [_curve(result, arm.metric) for result in arm.runs],
        "letters": next((one.letters[arm.name] for one in results.pairs if arm.name in one.letters), None),
        "comparison": compared and comparison_facts(compared),
        **quality_facts(arm, base),
    }


def _figures(arm: ArmResult) -> dict[str, list[float | None]]:
    """Return all figures of the whole split, by name and by seed."""
    named = [result.figures for result in arm.runs]
    names = dict.fromkeys(name for figures in named for name in figures)
    return {name: [figures.get(name) for figures in named] for name in names}


def _ratio(value: float | None, base: float | None) -> float | None:
    return value / base if value is not None and base else None


def _same_spans(arm: ArmResult, arms: Sequence[ArmResult]) -> str | None:
    """Return the first arm before this one with other segmentation settings and equal spans; None if there is none."""
    if not arm.runs or not reads_spans(arm):
        return None
    # Only earlier arms are searched, so that of two arms with equal spans one is named, and once.
    earlier = takewhile(lambda other: other is not arm, arms)
    equal = [other for other in earlier if other.runs and reads_spans(other) and _spans_of(other) == _spans_of(arm)]
    # Arms with the same dictionary and segmenter have equal spans by design: the first of them has the note.
    if any(_segmentation(other) == _segmentation(arm) for other in equal):
        return None
    return equal[0].name if equal else None


def _same_predictions(arm: ArmResult, arms: Sequence[ArmResult]) -> str | None:
    """Return an earlier arm with equal predictions for all examples and seeds; None if there is none."""
    for other in arms:
        if other is arm:
            return None
        same_runs = arm.runs and arm.task == other.task and arm.seeds == other.seeds
        if same_runs and all(map(_have_equal_predictions, arm.runs, other.runs)):
            return other.name
    return None


def _have_equal_predictions(first: RunResult, second: RunResult) -> bool:
    one, other = first.predictions, second.predictions
    if one is None or other is None or not np.array_equal(one.indices, other.indices):
        return False
    return all(map(np.array_equal, one.predictions, other.predictions))


def _spans_of(arm: ArmResult) -> Any:
    """Return a value that is equal for two arms if their spans are, in all splits."""
    # Runs of earlier versions recorded no hash of the spans, only their statistics.
    return {split: facts.get("spans_sha256", facts["spans"]) for split, facts in arm.runs[0].data.items()}


def _segmentation(arm: ArmResult) -> list[Any]:
    """Return the sections of an arm's config that decide its spans."""
    return [arm.arm.config.get(key) for key in ("dictionary", "segmenter")]


def _curve(result: RunResult, metric: str) -> dict[str, Any]:
    """Return the training loss and the score by step."""
    evaluations = [
        {"step": one["step"], "score": one["splits"].get(result.split, {}).get(metric)}
        for one in result.metrics.get("evaluations", ())
    ]
    loss = [{"step": point["step"], "loss": point["loss"]} for point in result.metrics.get("curve", ())]
    return {"seed": result.run.seed, "loss": loss, "evaluations": evaluations}


def _environment(results: StudyResults) -> dict[str, Any]:
    """Return the shared part of all runs' environments, the names of the rest, and every thread count."""
    # There is at least one: results without a finished run are an error.
    found = [result.environment() for arm in results.arms for result in arm.runs]
    # Command and seed differ between the runs of a study by design.
    names = [name for name in found[0] if name not in ("command", "seed", "resumed")]
    differing = [name for name in names if any(one.get(name) != found[0][name] for one in found)]
    return {
        "same": {name: found[0][name] for name in names if name not in differing},
        "differing": differing,
        "threads": sorted({one["threads"] for one in found if "threads" in one}),
    }
