"""Compare a study's arms with their baselines, by the scores and predictions of their runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.metrics import AdditiveScore, additive_score, evaluate
from spanreg.metrics.accuracy import Accuracy
from spanreg.metrics.task_metrics import metric_of
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.run_results import RunPredictions, RunResult, scores_agree
from spanreg.studies.analyse.statistics.compare import (
    ArmScores,
    compare,
    table_of,
    with_correction,
)
from spanreg.studies.analyse.statistics.contrasts import ArmTable, FoldScores, contrast_test
from spanreg.studies.analyse.statistics.contributions import grouped_contributions
from spanreg.studies.analyse.statistics.holm import holm
from spanreg.studies.analyse.statistics.two_way import LEVEL

Floats = NDArray[np.float64]

logger = logging.getLogger(__name__)


def with_comparisons(arms: list[ArmResult], margin: float | None = None) -> list[ArmResult]:
    """Return the arms with their comparisons, after Holm's correction over all comparisons of the study.

    Args:
        arms: the arms of a study.
        margin: the largest difference without practical meaning, in the unit that reports show.
    """
    named = {arm.name: arm for arm in arms}
    others = [arm for arm in arms if arm.against and set(arm.seeds) & set(named[arm.against].seeds)]
    # A user's metric may take long, so the sums of a baseline are computed once and not for each of its arms.
    baselines = {name: _sums(named[name]) for name in dict.fromkeys(str(arm.against) for arm in others)}
    made = [
        compare(
            *_pair(_sums(arm), baselines[str(arm.against)]),
            greater_is_better=arm.greater_is_better,
            margin=margin_of(arm, margin),
        )
        for arm in others
    ]
    # Arms whose runs are unfinished count in Holm's correction, so that stars do not vanish when they finish.
    missing = sum(arm.against is not None for arm in arms) - len(others)
    corrected = dict(zip((arm.name for arm in others), with_correction(made, missing=missing), strict=True))
    return [replace(arm, comparison=corrected.get(arm.name)) for arm in arms]


def arms_not_worse(best: ArmResult, others: Sequence[ArmResult]) -> list[str]:
    """Return the names of the arms whose difference from the best arm is not significant.

    P-values are corrected for the number of arms (Holm 1979). An arm that cannot be tested, for instance for lack of
    seeds, is included.

    Args:
        best: the arm with the best mean.
        others: the other arms, scored on the same examples.
    """
    first = arm_table(best)
    tests = [contrast_test([first, arm_table(other)], [1.0, -1.0]).test for other in others]
    adjusted = holm([test.p if test else 1.0 for test in tests])
    return [other.name for other, p in zip(others, adjusted, strict=True) if p >= LEVEL]


def in_score_unit(arm: ArmResult, shown: float) -> float:
    """Return a difference in the unit of an arm's score, from the unit of reports: figures in per cent times 100."""
    return shown / 100 if arm.percent else shown


def margin_of(arm: ArmResult, margin: float | None) -> float | None:
    """Return a study's margin in the unit of an arm's score; None without a margin."""
    return None if margin is None else in_score_unit(arm, margin)


def arm_table(arm: ArmResult) -> ArmTable:
    """Return an arm's scores and the contributions of its examples, for any number of tests."""
    return table_of(*_sums(arm))


class _Sums(NamedTuple):
    """An arm's scores, with the function that computes a score from sums over examples."""

    runs: ArmScores
    value: Callable[[Floats], Floats] | None
    "The score as a function of sums of ``runs.parts``; None without parts."


def _pair(arm: _Sums, baseline: _Sums) -> tuple[ArmScores, ArmScores, Callable[[Floats], Floats] | None]:
    # Sums can only be compared with sums; with one side missing, both fall back to contributions or seeds.
    if arm.value is None or baseline.value is None:
        return replace(arm.runs, parts=None), replace(baseline.runs, parts=None), None
    return arm.runs, baseline.runs, arm.value


def _sums(arm: ArmResult) -> _Sums:
    found = _sums_of_examples(arm)
    return found._replace(runs=replace(found.runs, folds=_fold_scores(arm), sequential=arm.sequential))


def _fold_scores(arm: ArmResult) -> FoldScores | None:
    """Return the scores on the folds of a cross-validation; None if the figure cannot be computed on a fold."""
    if not arm.runs or not all(run.folds and run.predictions for run in arm.runs):
        return None
    try:
        scores = np.array([[_score_of_fold(run, fold, arm.metric) for fold in run.folds] for run in arm.runs])
    except KeyError:  # the loss, for instance, cannot be computed from predictions
        return None
    except Exception as error:  # a user's metric may raise any exception on a part of a fold
        logger.warning("'%s' cannot be computed on a fold (%s): there is no test over folds", arm.metric, error)
        return None
    sizes = [(fold.scored_examples, fold.training_examples) for run in arm.runs for fold in run.folds]
    tested, trained = map(sum, zip(*sizes, strict=True))
    # Runs of earlier versions recorded no number of training examples; then all other folds are counted.
    ratio = tested / trained if trained else 1 / max(1, len(arm.runs[0].folds) - 1)
    return FoldScores(scores, ratio)


def _score_of_fold(run: RunResult, fold: RunResult, metric: str) -> float:
    assert run.predictions is not None
    assert fold.predictions is not None
    # With ``reserve``, the joined predictions are only a part of all examples, so the fold's are chosen among them.
    part = run.predictions.only(np.isin(run.predictions.indices, fold.predictions.indices))
    if not part.indices.size:
        raise KeyError(metric)  # as for a figure that predictions do not determine: the caller then uses no folds
    return float(evaluate(run.task, part.predictions, part.labels)[metric])


def _sums_of_examples(arm: ArmResult) -> _Sums:
    """Return an arm's scores with the most precise account of single examples that its metric allows.

    These are sums over examples, otherwise contributions of groups of examples, otherwise the scores alone.
    """
    predicted = [(run, run.predictions) for run in arm.runs if run.predictions is not None]
    seeds, scores = tuple(arm.seeds), np.array(arm.scores)
    if len(predicted) < len(arm.runs) or not predicted:
        return _Sums(ArmScores(seeds, scores, None), None)
    sums = [additive_score(run.task, arm.metric, found.predictions, found.labels) for run, found in predicted]
    usable = [
        one
        for one, score, (run, found) in zip(sums, arm.scores, predicted, strict=True)
        if one is not None and _agrees(one, score, run, found, arm.metric)
    ]
    if len(usable) < len(sums):
        return _Sums(ArmScores(seeds, scores, None, contributions=_grouped(predicted, arm.metric)), None)
    right = None
    task = arm.runs[0].task
    # Accuracy also scores tokens, but an example with many tokens is not right or wrong as a whole.
    if task.kind == "classification" and isinstance(metric_of(task, arm.metric), Accuracy):
        right = np.stack([found.predictions == found.labels for _, found in predicted])
    return _Sums(ArmScores(seeds, scores, np.stack([one.parts for one in usable]), right), usable[0].value)


def _agrees(sums: AdditiveScore, score: float, run: RunResult, found: RunPredictions, metric: str) -> bool:
    """Return whether the sums of a metric, which may be a user's, give the score of a run; log a warning if not."""
    if scores_agree(sums.score, score):
        return True
    # A recorded score is that of float32 values, and differences of large values depend on it.
    computed = evaluate(run.task, found.predictions, found.labels).get(metric)
    if computed is not None and scores_agree(sums.score, computed):
        return True
    logger.warning(
        "'%s': the sums of its 'additive' give %g, not the score %g, and are not used", metric, sums.score, score
    )
    return False


def _grouped(runs: Sequence[tuple[RunResult, RunPredictions]], metric: str) -> Floats | None:
    """Return contributions of groups of examples to a user's metric; None if it fails on a part of the examples."""
    if metric_of(runs[0][0].task, metric) is None:  # such as the loss, which predictions do not determine
        return None
    try:
        rows = np.stack([_grouped_by_run(run, found, metric) for run, found in runs])
    except Exception as error:
        # A user's metric may raise any exception on data that it was not written for, such as examples of one label.
        logger.warning("'%s' cannot be computed on a part of the examples (%s): only seeds are tested", metric, error)
        return None
    return rows if np.isfinite(rows).all() else None


def _grouped_by_run(run: RunResult, found: RunPredictions, metric: str) -> Floats:
    """Return contributions of groups of examples to the score of one run, shape: (groups,)."""

    def score(rows: NDArray[np.int64]) -> float:
        part = found.only(rows)
        return evaluate(run.task, part.predictions, part.labels)[metric]

    return grouped_contributions(len(found.indices), score)
