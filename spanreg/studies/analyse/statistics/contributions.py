"""What each example contributes to a score, also where the score is no mean over examples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GROUPS = 50
"Groups of examples whose contributions are computed together where each leave-out is one call of a metric."


def contributions(parts: Floats, value: Callable[[Floats], Floats]) -> Floats:
    """Return the contribution of each example to a score, shape: (examples,).

    These are jackknife pseudo-values (Tukey 1958; Efron and Tibshirani 1993), shifted so that their mean is the score.
    That of example i is ``n * score - (n - 1) * (score without i)``. For a mean over examples, such as accuracy, it is
    the example's own value.

    Args:
        parts: what each example adds to the sums, shape: (examples, parts).
        value: the score of sums, shape: (..., parts) to shape: (...).
    """
    total = parts.sum(0)
    return _pseudo_values(float(value(total)), value(total - parts))


def grouped_contributions(examples: int, score: Callable[[NDArray[np.int64]], float]) -> Floats:
    """Return contributions to a score that can only be computed as a whole, shape: (groups,).

    The examples are divided by chance, and in the same way for all runs, into at most ``GROUPS`` groups of nearly one
    size; each group is left out once. The groups then take the place of examples.

    Args:
        examples: number of examples, at least 2.
        score: the score of some examples, given by their places in ascending order.
    """
    groups = np.random.default_rng(0).permutation(examples) % min(GROUPS, examples)
    rows = np.arange(examples)
    left_out = [score(rows[groups != group]) for group in range(groups.max() + 1)]
    return _pseudo_values(score(rows), np.array(left_out))


def _pseudo_values(score: float, left_out: Floats) -> Floats:
    values = left_out.size * score - (left_out.size - 1) * left_out
    return np.asarray(values - values.mean() + score)
