"""Tests over examples: the trained models are fixed, the examples are the sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spanreg.studies.analyse.statistics.resampling import Floats


def randomisation_p(observed: float, randomised: Floats) -> float:
    """Return the two-sided p of approximate randomisation: the share of differences that are at least as large.

    The observed difference is counted as one of the swaps, so p is never 0 (Noreen 1989).

    Args:
        observed: the observed difference.
        randomised: differences after random swaps (``randomised_differences``), shape: (repetitions,).
    """
    # A sum in another order may differ in its last digit, and must still count as equal.
    as_large = np.abs(randomised) >= abs(observed) - 1e-12
    return float((1 + np.count_nonzero(as_large)) / (1 + randomised.size))


def percentile_interval(resampled: Floats, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of bootstrapped differences (Efron and Tibshirani 1993, chapter 13)."""
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap_p(resampled: Floats) -> float:
    """Return the two-sided p of the paired bootstrap: twice the share of resamples on the rarer side of 0.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 16.
    """
    # Adding 1 keeps p above 0 for a finite number of resamples.
    below, above = np.count_nonzero(resampled <= 0), np.count_nonzero(resampled >= 0)
    return float(min(1.0, 2 * (1 + min(below, above)) / (1 + resampled.size)))


@dataclass(frozen=True, slots=True)
class McNemarTest:
    """McNemar's test of two models on the same examples.

    ``mcnemar(np.array([True, True]), np.array([True, False])).fixed`` is 1.
    """

    fixed: int
    "Number of examples that only the first model labels right."
    broken: int
    "Number of examples that only the second model labels right."
    p: float
    "Two-sided and exact: a binomial test of ``fixed`` against ``broken`` (McNemar 1947)."


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemarTest:
    """Return McNemar's test of two models.

    Args:
        first: whether the first model labels each example right, shape: (examples,).
        second: whether the second model does, shape: (examples,).
    """
    fixed, broken = int(np.count_nonzero(first & ~second)), int(np.count_nonzero(~first & second))
    # The exact test, since the chi-square approximation is poor if few examples differ.
    p = stats.binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    return McNemarTest(fixed, broken, float(p))
