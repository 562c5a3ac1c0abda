"""Critical values that hold at any number of seeds, for studies that add seeds until a result is clear."""

from __future__ import annotations

import math
from typing import Final

PRIOR_PER_SEED: Final = 4.0
"Prior variance of the true difference, in units of the variance over seeds; it only affects the power."

PRIOR_OF_EXAMPLES: Final = 20.0
"Prior variance of the true difference, in units of the variance that comes from the examples."


def always_valid_critical(level: float, share: float, degrees: tuple[int, int]) -> float:
    """Return the critical value of a confidence sequence; infinite for too few seeds.

    Intervals of this width, one after each added seed, all contain the true difference in a share of at least ``1 -
    level`` of studies, so a study may stop at any of them. The value comes from the e-process of the t-test with a
    normal prior on the effect (Gronau, Ly and Wagenmakers 2020; Hendriksen, de Heide and Grunwald 2021): by Ville's
    inequality, it exceeds ``1 / level`` at any time with a probability of at most ``level`` if there is no difference.
    As in the decisive test, the values of seeds and examples are weighted by their shares of the variance.

    Args:
        level: probability that any interval misses the true difference.
        share: share of the variance that comes from the seeds.
        degrees: degrees of freedom of the seeds and of the examples.
    """
    seeds = _critical(level, degrees[0], PRIOR_PER_SEED * (degrees[0] + 1)) if share > 0 else 0.0
    examples = _critical(level, degrees[1], PRIOR_OF_EXAMPLES) if share < 1 else 0.0
    return (share * seeds if share > 0 else 0.0) + (1 - share) * examples


def _critical(level: float, degrees: int, prior: float) -> float:
    """Return the t-statistic at which the Bayes factor for a difference is ``1 / level``.

    Args:
        level: the level.
        degrees: degrees of freedom.
        prior: prior variance of the true difference, in units of the squared standard error.
    """
    # The Bayes factor is (1 + p)^(-1/2) ((1 + x) / (1 + x / (1 + p)))^((d + 1) / 2), where x is t^2 / d.
    ratio = math.exp(2 / (degrees + 1) * (0.5 * math.log1p(prior) - math.log(level)))
    if ratio >= 1 + prior:  # no t-statistic of so few seeds is large enough
        return math.inf
    return math.sqrt(degrees * (ratio - 1) / (1 - ratio / (1 + prior)))
