"""Almost stochastic order: whether one arm's distribution of scores is above another's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

FEWEST = 5
"Least number of scores of each arm for comparing distributions."
# Of two equal arms with n scores each, one is better at every rank with a probability of 1 / (n + 1): below five
# scores, this happens in more than one of five studies.


def violation(first: Floats, second: Floats) -> float:
    """Return the share of the distance between two distributions in which the first is below the second.

    With quantile functions F and G: the integral of (G - F)^2 where F < G, divided by the integral over everything (del
    Barrio, Cuesta-Albertos and Matran 2018). It is 0 if the first is above everywhere, 1 if it is above nowhere, and
    0.5 if both are equal.
    """
    return float(_violations(first[None], second[None])[0])


def almost_stochastic_order(
    first: Floats,
    second: Floats,
    *,
    generator: np.random.Generator,
    level: float = 0.05,
    repetitions: int = 1000,
) -> float | None:
    """Return the violation with an allowance for chance; None for too few scores.

    ``violation - sqrt((n + m) / (n m)) * sd * z(level)``, at most 1, where ``sd`` is the bootstrapped standard
    deviation of the scaled violation (Dror, Shlomov and Reichart, "Deep Dominance", ACL 2019). For many scores this is
    an upper bound with the confidence ``1 - level``. For 5 to 20 scores it is not: for two samples of one distribution
    it is below 0.5, which reads as almost stochastically larger, in about one case of five.
    """
    n, m = first.size, second.size
    if min(n, m) < FEWEST:
        return None
    # Rate of convergence of the violation for samples of two sizes.
    scale = np.sqrt(n * m / (n + m))
    seen = violation(first, second)
    # 1,000 resamples estimate a standard deviation to about 2 %, which is enough here: no tail is read from them.
    resampled = (one[generator.integers(one.size, size=(repetitions, one.size))] for one in (first, second))
    spread = scale * float(np.std(_violations(*resampled)))
    return float(min(1.0, seen - spread * stats.norm.ppf(level) / scale))


def _violations(first: Floats, second: Floats) -> Floats:
    """Return the violation of each pair of samples, the rows of two arrays of shape (pairs, scores)."""
    sizes = first.shape[1], second.shape[1]
    # Both quantile functions are step functions, constant between two neighbouring edges.
    edges = np.unique(np.concatenate([np.arange(1, size + 1) / size for size in sizes]))
    widths = np.diff(edges, prepend=0.0)
    middles = edges - widths / 2
    gap = _quantiles(second, middles) - _quantiles(first, middles)  # shape: (pairs, edges)
    squares = widths * gap**2
    whole = squares.sum(1)
    # Equal distributions have no distance to divide by; 0.5 favours neither.
    return np.where(whole == 0, 0.5, (squares * (gap > 0)).sum(1) / np.where(whole == 0, 1.0, whole))


def _quantiles(scores: Floats, levels: Floats) -> Floats:
    """Return the empirical quantiles of each sample, a row of ``scores``, shape: (samples, levels)."""
    size = scores.shape[1]
    return np.sort(scores, axis=1)[:, np.minimum((levels * size).astype(np.int64), size - 1)]
