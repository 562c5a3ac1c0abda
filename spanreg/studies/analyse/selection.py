"""Measure how much selecting checkpoint and seed on the scored examples adds to a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from statistics import fmean
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spanreg.data.reading.division import in_share
from spanreg.metrics import evaluate
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.run_results import RunPredictions, RunResult, read_evaluation, read_run
from spanreg.studies.define.reserve import rows_of

_PURPOSE: Final = "checkpoint "
"Prefix of the hash that divides the examples, so that these halves are independent of a study's ``reserve``."


@dataclass(frozen=True, slots=True)
class SelectionEffect:
    """One arm's score with and without selection of its best evaluation and best seed.

    ``selection_effects(results)[0].difference``
    """

    arm: str
    seeds: int
    evaluations: int
    "Number of evaluations of all runs, of which the best is reported."
    best_seed: int
    best_step: int | None
    "None if the best run was scored only once, without an evaluation during its training."
    released: float
    "Best evaluation of the best seed on all examples, as the paper's released code reports."
    unbiased: float | None
    """Mean over the seeds of scores without selection bias: for each half of the examples, a run's evaluation is
    selected on the other half, and both halves are scored together. None if it cannot be computed."""
    difference: float | None
    "``released`` minus ``unbiased``."
    problem: str = ""
    "Reason for a missing unbiased score; empty if there is one."


@dataclass(frozen=True, slots=True)
class _RunScores:
    """Scores of one run's evaluations."""

    steps: list[int]
    "Empty if the run was scored only once, without an evaluation during its training."
    whole: NDArray[np.float64]
    "Score of each evaluation on all examples, shape: (evaluations,)."
    unbiased: float | None
    "Score of predictions that no example of their own half has selected; None if it cannot be computed."
    problem: str = ""
    "Reason for a missing unbiased score."


def selection_effects(results: StudyResults) -> list[SelectionEffect]:
    """Return the effect of selection on every arm that has a finished run.

    Raises:
        ConfigurationError: a run's file is damaged.
    """
    return [_effect(arm, results) for arm in results.arms if arm.runs]


def _effect(arm: ArmResult, results: StudyResults) -> SelectionEffect:
    better = np.argmax if arm.greater_is_better else np.argmin
    scored = [_run_scores(*run, arm.metric, results, better) for run in zip(arm.runs, arm.scores, strict=True)]
    best = [float(run.whole[better(run.whole)]) for run in scored]
    winner = int(better(np.array(best)))
    known = [run.unbiased for run in scored if run.unbiased is not None]
    # A mean over some of the seeds would not be comparable with the best of all.
    unbiased = fmean(known) if len(known) == len(scored) else None
    steps = scored[winner].steps
    return SelectionEffect(
        arm=arm.name,
        seeds=len(scored),
        evaluations=sum(run.whole.size for run in scored),
        best_seed=arm.seeds[winner],
        best_step=steps[int(better(scored[winner].whole))] if steps else None,
        released=best[winner],
        unbiased=unbiased,
        difference=None if unbiased is None else best[winner] - unbiased,
        problem=next((run.problem for run in scored if run.problem), ""),
    )


def _run_scores(result: RunResult, score: float, metric: str, results: StudyResults, better: Any) -> _RunScores:
    """Return the scores of all evaluations of a run, and its score without selection.

    Args:
        result: the run.
        score: its score in the table.
        metric: the compared figure.
        results: the results of the study.
        better: ``np.argmax`` or ``np.argmin``, which selects an evaluation.
    """
    once = np.array([score])
    if result.folds:  # each fold was evaluated on other examples, at steps of its own
        return _RunScores([], once, None, "the folds of a seed have no evaluations in common")
    # Read again on the whole split: ``result`` has only the scored part of a study that reserves examples, while an
    # evaluation's file has a prediction for every example.
    whole = read_run(result.run, result.path, result.split)
    if not any(result.split in one["splits"] for one in whole.metrics.get("evaluations", ())):
        # Scored after the training, as on a test split: there were no evaluations to select from.
        return _RunScores([], once, score)
    history = [one for one in result.metrics.get("evaluations", ()) if _is_scored(one, result.split, metric)]
    steps = [int(one["step"]) for one in history]
    gold, recorded = whole.predictions, np.array([float(one["splits"][result.split][metric]) for one in history])
    predicted = [] if gold is None else [read_evaluation(result, step, gold) for step in steps]
    known = [one for one in predicted if one is not None]
    if gold is None or not known or len(known) < len(steps):
        problem = "runs of an earlier version kept no predictions of single evaluations"
        if gold is None:
            problem = "the split has no gold labels"
        return _RunScores(steps, recorded if steps else once, None, problem)
    kept = rows_of(gold.indices, results.record.reserve, results.part)
    try:
        scores = _scores(result, metric, known, kept)
        unbiased = _unbiased(result, metric, known, kept, better)
    except ConfigurationError as error:
        return _RunScores(steps, recorded, None, error.problems[0].problem)
    return _RunScores(steps, recorded if results.part == "all" else scores, unbiased)


def _unbiased(
    result: RunResult, metric: str, predicted: Sequence[RunPredictions], kept: NDArray[np.bool_], better: Any
) -> float:
    """Return the score of predictions whose evaluation was selected on the other half of the examples.

    The two halves are scored together: the score of a half is not comparable with one of all examples, as of F1 and
    correlations, so that the difference would not be that of the selection alone.
    """
    half = in_share(predicted[0].indices, 0.5, _PURPOSE)
    first, second = (int(better(_scores(result, metric, predicted, kept & rows))) for rows in (half, ~half))
    joined = predicted[first].predictions.copy()
    joined[half] = predicted[second].predictions[half]
    return float(_scores(result, metric, [replace(predicted[0], predictions=joined)], kept)[0])


def _is_scored(evaluation: Mapping[str, Any], split: str, metric: str) -> bool:
    """Return whether an evaluation has a figure; that of weights that diverged is not a number."""
    figure = evaluation["splits"].get(split, {}).get(metric)
    return figure is not None and isfinite(figure)


def _scores(
    result: RunResult, metric: str, predicted: Sequence[RunPredictions], rows: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the figure of every evaluation on some of the examples.

    Raises:
        ConfigurationError: no example is chosen, or the figure cannot be computed from predictions.
    """
    if not rows.any():
        raise ConfigurationError("one half of the examples is empty")
    scores = []
    for own in (one.only(rows) for one in predicted):
        figures = evaluate(result.task, own.predictions, own.labels)
        if metric not in figures:
            raise ConfigurationError(f"'{metric}' cannot be computed on a part of the examples")
        scores.append(figures[metric])
    return np.array(scores)
