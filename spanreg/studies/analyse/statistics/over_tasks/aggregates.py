"""Aggregates of the runs of several tasks, with stratified bootstrap intervals (Agarwal et al., NeurIPS 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS

Floats = NDArray[np.float64]

REPETITIONS = 10_000
"Number of bootstrap samples."
# About 250 of them are beyond each end of an interval, so its ends are known to a few per cent of its width.

_SHARE_CUT = 0.25
"Share of the runs that an interquartile mean leaves out at either end."
_INTERVAL = (0.025, 0.975)
"Quantiles at the ends of a 95 % percentile interval."


@dataclass(frozen=True, slots=True)
class BootstrapEstimate:
    """A figure with its 95 % interval by the stratified bootstrap.

    ``interquartile_mean([np.array([0.8, 0.9]), np.array([0.5, 0.6])]).value``
    """

    value: float
    low: float | None
    high: float | None
    "None where a task has fewer than three runs: a bootstrap of one or two runs has almost no variance."


def interquartile_mean(scores: Sequence[Floats], repetitions: int = REPETITIONS) -> BootstrapEstimate:
    """Return the mean of the middle half of all runs of all tasks.

    It depends less on single tasks and outliers than the mean, and varies less than the median.

    Args:
        scores: the scores of the runs of each task, each of shape: (seeds,).
        repetitions: number of bootstrap samples.
    """
    # A fixed seed, so that the same runs give the same interval.
    generator = np.random.default_rng(0)
    # Runs are drawn within their task, so that every sample has all tasks. shape: (repetitions, runs of all tasks)
    drawn = np.concatenate([one[_draws(one.size, repetitions, generator)] for one in scores], axis=1)
    values = stats.trim_mean(drawn, _SHARE_CUT, axis=1)
    return _aggregate(float(stats.trim_mean(np.concatenate(scores), _SHARE_CUT)), values, scores)


def improvement_probability(
    arm: Sequence[Floats], baseline: Sequence[Floats], repetitions: int = REPETITIONS
) -> BootstrapEstimate:
    """Return the probability that a run of an arm is better than one of the baseline, on a task drawn at random.

    Within a task it is the statistic of Mann and Whitney divided by the number of pairs of runs; ties count half.

    Args:
        arm: the scores of the runs of each task, larger is better, each of shape: (seeds,).
        baseline: the scores of the baseline's runs of each task. They are not paired with the arm's: the statistic
            compares every run of one with every run of the other.
        repetitions: number of bootstrap samples.
    """
    generator = np.random.default_rng(0)
    values, exact = np.zeros(repetitions), []
    for mine, theirs in zip(arm, baseline, strict=True):
        wins = np.sign(mine[:, None] - theirs[None, :]) / 2 + 0.5  # shape: (seeds of the arm, seeds of the baseline)
        exact.append(float(wins.mean()))
        ours, others = (_draws(one.size, repetitions, generator) for one in (mine, theirs))
        # shape before the mean: (repetitions, seeds of the arm, seeds of the baseline)
        values += wins[ours[:, :, None], others[:, None, :]].mean((1, 2))
    return _aggregate(float(np.mean(exact)), values / len(exact), [*arm, *baseline])


def _draws(size: int, repetitions: int, generator: np.random.Generator) -> NDArray[np.int64]:
    return generator.integers(size, size=(repetitions, size))


def _aggregate(value: float, resampled: Floats, scores: Sequence[Floats]) -> BootstrapEstimate:
    if min(one.size for one in scores) < FEWEST_SEEDS:
        return BootstrapEstimate(value, None, None)
    low, high = np.quantile(resampled, _INTERVAL)
    return BootstrapEstimate(value, float(low), float(high))
