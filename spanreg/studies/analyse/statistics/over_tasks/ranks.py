"""Average ranks over tasks, with the tests of Friedman and Nemenyi."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spanreg.studies.analyse.statistics.two_way import LEVEL

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RankTest:
    """Ranks of several models over several tasks (Demsar 2006).

    ``rank_test_over_tasks(scores).average_ranks``
    """

    average_ranks: tuple[float, ...]
    "Mean rank of each model; 1 is the best."
    chi_square: float
    "Friedman's statistic (1937), corrected for ties."
    p: float
    "Friedman's p-value for the hypothesis that all models have equal ranks on average."
    f: float | None
    p_f: float
    """Statistic and p-value of Iman and Davenport (1980), which is less conservative; the statistic is None where it is
    infinite, since all tasks rank the models in the same order."""
    critical_difference: float
    "Two average ranks that differ by more differ significantly (Nemenyi 1963)."
    p_pairs: tuple[tuple[float, ...], ...]
    "Nemenyi's p-value of each pair of models, which is corrected for the number of pairs."
    groups: tuple[tuple[int, ...], ...]
    """Positions of the models in each largest group without a significant difference, from the best: the bars of a
    critical-difference diagram. Groups of one model are left out."""


def rank_test_over_tasks(scores: Floats) -> RankTest:
    """Return ranks and tests of the scores of models on tasks.

    Args:
        scores: one score for each model and task, larger is better, shape: (models, tasks), both at least 2.

    Raises:
        ValueError: there are fewer than two models or tasks.
    """
    models, tasks = scores.shape
    if models < 2 or tasks < 2:
        raise ValueError("ranks need at least two models and two tasks")
    ranks = stats.rankdata(-scores, axis=0)  # shape: (models, tasks); ties share their mean rank
    average = ranks.mean(1)
    error = float(np.sqrt(models * (models + 1) / (6 * tasks)))
    chi_square, p = _friedman(ranks)
    f, p_f = _iman_davenport(chi_square, models, tasks)
    # The studentized range has infinitely many degrees of freedom, since ranks have a known variance. Its critical
    # values are for the range of means, so those of a difference are smaller by sqrt(2) (Demsar 2006).
    critical = float(stats.studentized_range.ppf(1 - LEVEL, models, np.inf)) / np.sqrt(2) * error
    gaps = np.abs(average[:, None] - average[None, :])
    p_pairs = np.ones((models, models))
    for first, second in zip(*np.triu_indices(models, 1), strict=True):
        limit = gaps[first, second] / error * np.sqrt(2)
        p_pairs[first, second] = p_pairs[second, first] = stats.studentized_range.sf(limit, models, np.inf)
    return RankTest(
        average_ranks=tuple(average.tolist()),
        chi_square=chi_square,
        p=p,
        f=f,
        p_f=p_f,
        critical_difference=float(critical),
        p_pairs=tuple(map(tuple, p_pairs.tolist())),
        groups=_groups(average, float(critical)),
    )


def _friedman(ranks: Floats) -> tuple[float, float]:
    """Return Friedman's statistic with the correction for ties, and its p-value."""
    # Not ``scipy.stats.friedmanchisquare``, which raises an error for two models and returns NaN if all of them tie.
    models, tasks = ranks.shape
    ties = 0.0
    for own in ranks.T:
        sizes = np.unique(own, return_counts=True)[1].astype(np.int64)
        ties += float(np.sum(sizes**3 - sizes))
    correction = 1 - ties / (tasks * models * (models**2 - 1))
    if correction < 1e-12:  # all models tie on every task
        return 0.0, 1.0
    sums = ranks.sum(1)
    raw = 12 / (models * tasks * (models + 1)) * float(np.sum(sums**2)) - 3 * tasks * (models + 1)
    statistic = max(0.0, raw / correction)
    return statistic, float(stats.chi2.sf(statistic, models - 1))


def _iman_davenport(chi_square: float, models: int, tasks: int) -> tuple[float | None, float]:
    """Return the statistic of Iman and Davenport (1980), and its p-value."""
    rest = tasks * (models - 1) - chi_square
    if rest < 1e-12:  # the models have the same order on every task
        return None, 0.0
    f = (tasks - 1) * chi_square / rest
    return f, float(stats.f.sf(f, models - 1, (models - 1) * (tasks - 1)))


def _groups(average: Floats, critical: float) -> tuple[tuple[int, ...], ...]:
    """Return the largest groups of models whose ranks differ by no more than the critical difference."""
    order = np.argsort(average, kind="stable")
    found: list[tuple[int, ...]] = []
    for start, first in enumerate(order):
        members = tuple(int(one) for one in order[start:] if average[one] - average[first] <= critical)
        if len(members) > 1 and not any(set(members) <= set(group) for group in found):
            found.append(members)
    return tuple(found)
