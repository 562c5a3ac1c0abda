"""Divide a score into contributions of single examples, also a score that is not a mean over examples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GROUPS = 50
"Number of groups of examples for a metric without sums."
# Each group costs one call of the metric for each run, and 49 degrees of freedom are enough: Student's critical value
# is then 2.01, against 1.96 with any number of groups.


def contributions(parts: Floats, value: Callable[[Floats], Floats]) -> Floats:
    """Return the contribution of each example to a score, shape: (examples,).

    Contributions are jackknife pseudo-values (Tukey 1958; Efron and Tibshirani 1993), shifted so that their mean is the
    score: ``n * score - (n - 1) * (score without i)`` for example i. For a mean over examples, such as accuracy, the
    contribution of an example is its value.

    Args:
        parts: what each example adds to the sums, shape: (examples, parts).
        value: the score as a function of sums, shape: (..., parts) to shape: (...).
    """
    total = parts.sum(0)
    return _pseudo_values(float(value(total)), value(total - parts))


def grouped_contributions(examples: int, score: Callable[[NDArray[np.int64]], float]) -> Floats:
    """Return contributions of groups to a score that is not a function of sums, shape: (groups,).

    The examples are divided at random, in the same way for all runs, into at most ``GROUPS`` groups of nearly equal
    size; each group is left out once. The groups then replace the examples in tests.

    Args:
        examples: number of examples, at least 2.
        score: returns the score of some examples, given by their positions in ascending order.
    """
    # A fixed seed: all runs must have the same groups, since arms are compared group by group. Drawn at random, since
    # neighbouring examples of a data set are often alike, and groups of them would differ too much.
    groups = np.random.default_rng(0).permutation(examples) % min(GROUPS, examples)
    rows = np.arange(examples)
    left_out = [score(rows[groups != group]) for group in range(groups.max() + 1)]
    return _pseudo_values(score(rows), np.array(left_out))


def _pseudo_values(score: float, left_out: Floats) -> Floats:
    """Return the jackknife pseudo-values of a score, shifted so that their mean is the score.

    Args:
        score: the score of all examples.
        left_out: the score without each example or group, shape: (examples,).
    """
    values = left_out.size * score - (left_out.size - 1) * left_out
    # The mean of pseudo-values corrects the bias of the jackknife, so for nonlinear scores it is not the score. The
    # report shows the score, and its test must be about the number that is shown.
    return np.asarray(values - values.mean() + score)
