"""Measure how much selecting checkpoint and seed on the scored examples adds to a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    best_step: int
    released: float
    "Best evaluation of the best seed on all examples, as the paper's released code reports."
    unbiased: float | None
    """Mean over the seeds of scores without selection bias: each run's evaluation is selected on one half of the
    examples and scored on the other, in both directions. None if it cannot be computed."""
    difference: float | None
    "``released`` minus ``unbiased``."
    problem: str = ""
    "Reason for a missing unbiased score; empty if there is one."


@dataclass(frozen=True, slots=True)
class _RunScores:
    """Scores of one run's evaluations, each of shape: (evaluations,)."""

    steps: list[int]
    whole: NDArray[np.float64]
    halves: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    "Scores on each half of the examples; None if predictions of single evaluations are missing."
    problem: str = ""
    "Reason for missing halves."

    def crossed(self, better: Any) -> float | None:
        """Return the score on one half of the evaluation that is selected on the other half, averaged over both ways.

        Args:
            better: ``np.argmax`` or ``np.argmin``, which selects an evaluation.
        """
        if self.halves is None:
            return None
        # No example selects and scores at once: each half is scored by the choice of the other.
        first, second = self.halves
        return fmean([float(second[better(first)]), float(first[better(second)])])


def selection_effects(results: StudyResults) -> list[SelectionEffect]:
    """Return the effect of selection on every arm that has a finished run.

    Raises:
        ConfigurationError: a run's file is damaged.
    """
    return [_effect(arm, results) for arm in results.arms if arm.runs]


def _effect(arm: ArmResult, results: StudyResults) -> SelectionEffect:
    better = np.argmax if arm.greater_is_better else np.argmin
    scored = [_run_scores(result, arm.metric, results) for result in arm.runs]
    best = [float(run.whole[better(run.whole)]) for run in scored]
    winner = int(better(np.array(best)))
    crossed = [run.crossed(better) for run in scored]
    known = [score for score in crossed if score is not None]
    # A mean over some of the seeds would not be comparable with the best of all.
    unbiased = fmean(known) if len(known) == len(crossed) else None
    return SelectionEffect(
        arm=arm.name,
        seeds=len(scored),
        evaluations=sum(len(run.steps) for run in scored),
        best_seed=arm.seeds[winner],
        best_step=scored[winner].steps[int(better(scored[winner].whole))],
        released=best[winner],
        unbiased=unbiased,
        difference=None if unbiased is None else best[winner] - unbiased,
        problem=next((run.problem for run in scored if run.problem), ""),
    )


def _run_scores(result: RunResult, metric: str, results: StudyResults) -> _RunScores:
    """Return the scores of all evaluations of a run, on all examples and on each half."""
    if result.folds:  # each fold was evaluated on other examples, at steps of its own
        score = np.array([float(result.figures.get(metric) or 0.0)])
        return _RunScores([0], score, None, "the folds of a seed have no evaluations in common")
    history = [one for one in result.metrics.get("evaluations", ()) if _is_scored(one, result.split, metric)]
    steps = [int(one["step"]) for one in history]
    figures = [float(one["splits"][result.split][metric]) for one in history]
    if not steps:  # a run that was only evaluated at its end
        steps, figures = [0], [float(result.figures[metric] or 0.0)]
    whole = np.array(figures)
    # Read again on the whole split: ``result`` has only the scored part of a study that reserves examples, while an
    # evaluation's file has a prediction for every example.
    gold = read_run(result.run, result.path, result.split).predictions
    if gold is None:
        return _RunScores(steps, whole, None, "the split has no gold labels")
    predicted = [read_evaluation(result, step, gold) for step in steps]
    if any(one is None for one in predicted):
        return _RunScores(steps, whole, None, "runs of an earlier version kept no predictions of single evaluations")
    kept = rows_of(gold.indices, results.record.reserve, results.part)
    half = in_share(gold.indices, 0.5, _PURPOSE)
    try:
        parts = [_scores(result, metric, predicted, rows) for rows in (kept, kept & half, kept & ~half)]
    except ConfigurationError as error:
        return _RunScores(steps, whole, None, error.problems[0].problem)
    return _RunScores(steps, parts[0] if results.part != "all" else whole, (parts[1], parts[2]))


def _is_scored(evaluation: Mapping[str, Any], split: str, metric: str) -> bool:
    """Return whether an evaluation has a figure; that of weights that diverged is not a number."""
    figure = evaluation["splits"].get(split, {}).get(metric)
    return figure is not None and isfinite(figure)


def _scores(
    result: RunResult, metric: str, predicted: Sequence[RunPredictions | None], rows: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the figure of every evaluation on some of the examples.

    Raises:
        ConfigurationError: no example is chosen, or the figure cannot be computed from predictions.
    """
    if not rows.any():
        raise ConfigurationError("one half of the examples is empty")
    scores = []
    for own in (one.only(rows) for one in predicted if one is not None):
        figures = evaluate(result.task, own.predictions, own.labels)
        if metric not in figures:
            raise ConfigurationError(f"'{metric}' cannot be computed on a part of the examples")
        scores.append(figures[metric])
    return np.array(scores)
