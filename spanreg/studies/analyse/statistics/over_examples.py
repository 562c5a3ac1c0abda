"""Tests over the examples' predictions: the trained models are given, the examples are a sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spanreg.studies.analyse.statistics.resampling import Floats


def randomisation_p(observed: float, randomised: Floats) -> float:
    """Two-sided p of approximate randomisation (Noreen 1989): how often chance gives so large a difference.

    The observed one counts among them, so p is never 0.
    """
    # What chance gives exactly must not be lost to the last digit of a sum in another order.
    as_large = np.abs(randomised) >= abs(observed) - 1e-12
    return float((1 + np.count_nonzero(as_large)) / (1 + randomised.size))


def interval(resampled: Floats, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval of bootstrapped differences (Efron and Tibshirani 1993)."""
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap_p(resampled: Floats) -> float:
    """Two-sided p of the paired bootstrap: twice the share of resamples on the rarer side of 0.

    After Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 16.
    """
    below, above = np.count_nonzero(resampled <= 0), np.count_nonzero(resampled >= 0)
    return float(min(1.0, 2 * (1 + min(below, above)) / (1 + resampled.size)))


@dataclass(frozen=True, slots=True)
class McNemar:
    """The examples that two models see differently."""

    fixed: int
    "Examples that the first has right and the second wrong."
    broken: int
    "Examples that the first has wrong and the second right."
    p: float
    "Two-sided, exact: a binomial test of ``fixed`` against ``broken`` (McNemar 1947)."


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> McNemar:
    """McNemar's test.

    Args:
        first: which examples one model has right, shape: (examples,).
        second: the same of the other.
    """
    fixed, broken = int(np.count_nonzero(first & ~second)), int(np.count_nonzero(~first & second))
    p = stats.binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    return McNemar(fixed, broken, float(p))
