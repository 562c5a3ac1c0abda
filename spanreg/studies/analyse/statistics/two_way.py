"""The decisive test: one p-value and one interval that count both the seeds and the examples as samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from spanreg.studies.analyse.statistics.always_valid import always_valid_critical

Floats = NDArray[np.float64]

FEWEST_SEEDS = 3
"Least number of seeds for a test, a confidence interval and a star."
# Two seeds have one degree of freedom and a critical value of 12.7 standard errors, so that a test finds nothing.

FEWEST_EXAMPLES = 2
"Least number of examples for a test over examples."

LEVEL = 0.05
"Largest rate of false alarms of a star; 1 minus the coverage of an interval."

POWER = 0.8
"Probability with which a study finds a difference that counts as detectable (Cohen 1988)."

_SMALLEST_P = 1e-100
_LARGEST = 1e100
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class TwoWayTest:
    """Test of the mean of a table of differences, with seeds as rows and examples as columns, against 0.

    ``two_way_test(np.random.default_rng(0).normal(size=(3, 100))).p``

    ``p`` is below 0.05 exactly if the interval excludes 0: both come from one standard error and one critical value.
    """

    difference: float
    "Mean over seeds and examples."
    standard_error: float
    seed_share: float
    "Share of the variance of the mean that is estimated from the seeds, from 0 to 1; the remainder is the examples'."
    low: float
    high: float
    "Ends of the 95 % confidence interval."
    p: float
    "Two-sided p-value."
    detectable: float
    "The smallest true difference that this many seeds and examples detect with a power of 80 %."
    degrees: tuple[int, int]
    "Degrees of freedom of the seeds and of the examples."
    always_valid: bool = False
    "Whether ``p`` and interval hold at any number of seeds, for studies that add seeds until a result is clear."

    def tail(self, limit: float) -> float:
        """Return the one-sided p-value against a true difference that is not on the observed side of a limit.

        It is the level at which a one-sided interval would end at the limit; 0.5 where the difference is the limit.
        """
        distance, weights = abs(self.difference - limit), (self.seed_share, self.degrees)
        return _p_value(distance, self.standard_error, *weights, always_valid=self.always_valid) / 2

    def reach(self, level: float) -> float:
        """Return half the width of the interval with a coverage of ``1 - level``."""
        return self.standard_error * _critical(level, self.seed_share, self.degrees, self.always_valid)


def two_way_test(differences: Floats, unit: float = 0.0) -> TwoWayTest | None:
    """Test whether the mean of paired differences is 0 in the population of seeds and of examples.

    The model is that of crossed random effects, ``difference = mean + seed + example + rest``. With ``S`` seeds, ``n``
    examples and the mean squares of the two-way analysis of variance, the variance of the mean is estimated by::

        V = max(MS_seeds + max(MS_examples - MS_rest, 0), MS_examples, MS_rest) / (S * n)

    and the critical value is that of Cochran and Cox (1950): the mean of Student's t with ``S - 1`` and with ``n - 1``
    degrees of freedom, weighted by the share of ``V`` that comes from the seeds and by the remainder.
    With Satterthwaite's degrees of freedom (1946) instead, three seeds give up to 7.9 % false alarms instead of 5 %:
    the estimate of the seeds' variance is poor, and so are degrees of freedom that are computed from it. Cochran and
    Cox's value needs only the shares. ``docs/explanation/statistics.md`` compares the rules.

    ``MS_examples`` includes two additional examples with differences as large as the observed ones, one in favour of
    each arm, so that a few differing examples do not count as certainty (Agresti and Min 2005 do so for paired
    proportions).

    Args:
        differences: contribution of each example under each seed, arm minus baseline, shape: (seeds, examples).
        unit: the largest difference that one example could make; used if no example differs.

    Returns:
        The test; None for fewer than three seeds or two examples, and if nothing varies, since the error cannot be
        estimated then.
    """
    seeds, examples = differences.shape
    if seeds < FEWEST_SEEDS or examples < FEWEST_EXAMPLES:
        return None
    # The two added examples; if no example differs, they get the largest possible difference.
    more = 2 * (_typical_square(differences.mean(0)) if differences.any() else unit**2)
    squares = mean_squares(differences, more)
    # MS_seeds and MS_examples both contain the variance of the rest, so it is subtracted once. An estimated component
    # may be negative: the maxima keep the variance at least as large as that of each single source.
    variance = max(squares.seeds + max(squares.examples - squares.rest, 0.0), squares.examples, squares.rest)
    if variance == 0:
        return None
    share = min(1.0, squares.seeds / variance)
    error = float(np.sqrt(variance / differences.size))
    return _test(float(differences.mean()), error, share, (seeds - 1, examples - 1))


class MeanSquares(NamedTuple):
    """Mean squares of a two-way analysis of variance with one observation per cell.

    ``mean_squares(np.random.default_rng(0).normal(size=(3, 100))).seeds``
    """

    seeds: float
    examples: float
    rest: float
    "Mean square of the variation that neither the seed nor the example explains."


def mean_squares(differences: Floats, more: float = 0.0) -> MeanSquares:
    """Return the mean squares of a table.

    Args:
        differences: the table, shape: (seeds, examples), both at least 2.
        more: sum of squares of additional examples, which the degrees of freedom do not count.
    """
    seeds, examples = differences.shape
    mean, rows, columns = differences.mean(), differences.mean(1), differences.mean(0)
    rest = differences - rows[:, None] - columns + mean  # shape: (seeds, examples)
    return MeanSquares(
        seeds=examples * _squares(rows - mean) / (seeds - 1),
        examples=seeds * (_squares(columns - mean) + more) / (examples - 1),
        rest=_squares(rest) / ((seeds - 1) * (examples - 1)),
    )


def seeds_test(differences: Floats) -> TwoWayTest | None:
    """Test the mean difference over seeds alone, for scores without contributions of examples: Student's paired t-test.

    Args:
        differences: arm minus baseline by seed, shape: (seeds,).

    Returns:
        The test; None for fewer than three seeds, and if the difference is the same under all seeds, since its error
        cannot be estimated then.
    """
    if differences.size < FEWEST_SEEDS or all_equal(differences):
        return None
    error = float(stats.sem(differences))
    # With a share of 1, the second number has no weight.
    return _test(float(differences.mean()), error, 1.0, (differences.size - 1, differences.size - 1))


def resampled_test(differences: Floats, ratio: float) -> TwoWayTest | None:
    """Test the mean difference over the folds of a cross-validation: the corrected resampled t-test.

    Runs on overlapping training sets are not independent, so the variance of the mean is estimated by
    ``s^2 (1 / runs + ratio)`` in place of ``s^2 / runs`` (Nadeau and Bengio 2003).

    Args:
        differences: arm minus baseline by run, shape: (runs,).
        ratio: number of scored examples of a run, divided by the number of its training examples: 1 / (k - 1) for k
            folds.

    Returns:
        The test; None for fewer than three runs, and if the difference is the same in all of them.
    """
    plain = seeds_test(differences)
    if plain is None:
        return None
    # sqrt(s^2 (1 / runs + ratio)) is the usual standard error, s / sqrt(runs), times this factor.
    error = plain.standard_error * float(np.sqrt(1 + differences.size * ratio))
    return _test(plain.difference, error, 1.0, plain.degrees)


def all_equal(differences: Floats) -> bool:
    """Return whether all differences are equal, up to rounding."""
    # The last bits of a score, about 1e-16, depend on the order of its sums, so equality needs a tolerance.
    return bool(np.ptp(differences) < _ROUNDING)


def _test(mean: float, error: float, share: float, degrees: tuple[int, int]) -> TwoWayTest:
    # One critical value for p and interval: they cannot disagree.
    reach = error * _critical(LEVEL, share, degrees)
    # Weighted like the critical value, as an approximation.
    effect = share * detectable_effect(degrees[0]) + (1 - share) * detectable_effect(degrees[1])
    return TwoWayTest(
        difference=mean,
        standard_error=error,
        seed_share=share,
        low=mean - reach,
        high=mean + reach,
        p=_p_value(abs(mean), error, share, degrees),
        detectable=error * effect,
        degrees=degrees,
    )


def always_valid_test(test: TwoWayTest) -> TwoWayTest | None:
    """Return a test whose p-value and interval hold at any number of seeds.

    The difference, its standard error and the shares are those of the usual test; only the critical value is larger
    (``always_valid_critical``).

    Args:
        test: the usual decisive test after some number of seeds.

    Returns:
        The test; None for too few seeds, whose interval would be infinite.
    """
    weights = test.seed_share, test.degrees
    limit, usual = _critical(LEVEL, *weights, always_valid=True), _critical(LEVEL, *weights)
    if np.isinf(limit):
        return None
    reach = test.standard_error * limit
    p = _p_value(abs(test.difference), test.standard_error, *weights, always_valid=True)
    return replace(
        test,
        low=test.difference - reach,
        high=test.difference + reach,
        p=p,
        # An estimate for a study of exactly this many seeds: the power moves with the critical value.
        detectable=test.detectable + test.standard_error * (limit - usual),
        always_valid=True,
    )


def _squares(values: Floats) -> float:
    return float(np.sum(values * values))


def _typical_square(columns: Floats) -> float:
    """Return the mean square of the examples' differences, weighted by the squares.

    Weighted, since most examples differ by 0: their plain mean would be far below the size of a real difference.
    """
    squares = columns * columns
    total = squares.sum()
    return float((squares * squares).sum() / total) if total else 0.0


def _critical(level: float, share: float, degrees: tuple[int, int], always_valid: bool = False) -> float:
    """Return the two-sided critical value; it grows as the level falls."""
    if always_valid:
        return always_valid_critical(level, share, degrees)
    # ``stdtrit`` is the quantile of ``stats.t`` without its overhead; the search for p calls it many times.
    seeds, examples = (-float(special.stdtrit(one, level / 2)) for one in degrees)
    return share * seeds + (1 - share) * examples


def _p_value(
    distance: float, error: float, share: float, degrees: tuple[int, int], *, always_valid: bool = False
) -> float:
    """Return the level at which the interval would end at 0."""
    if distance == 0:
        return 1.0
    # Below this level the root search has no bracket; tables show such a p as "< 0.001".
    if error == 0 or distance / error >= _critical(_SMALLEST_P, share, degrees, always_valid):
        return 0.0
    # A confidence sequence has a positive width at every level.
    if always_valid and distance / error <= _critical(1.0, share, degrees, always_valid):
        return 1.0

    def gap(logarithm: float) -> float:
        # The search needs a finite value where the critical value is infinite.
        return min(_critical(np.exp(logarithm), share, degrees, always_valid), _LARGEST) - distance / error

    # In the logarithm, because p covers hundreds of orders of magnitude.
    return float(np.exp(optimize.brentq(gap, np.log(_SMALLEST_P), 0.0, xtol=1e-10)))


@cache
def detectable_effect(degrees: int) -> float:
    """Return the effect, in standard errors, that a two-sided t-test detects with a power of 80 %.

    It comes from the noncentral t distribution (Cohen 1988). The other tail, in which the effect has the wrong sign, is
    far below a thousandth at this power and left out.
    """
    # Cached, since all arms of a study have few different degrees of freedom, and the search takes milliseconds.
    limit = stats.t.ppf(1 - LEVEL / 2, degrees)
    # One degree of freedom, the fewest, needs the largest effect, 16 standard errors, so 100 is always above the root.
    return float(optimize.brentq(lambda effect: stats.nct.sf(limit, degrees, effect) - POWER, 0.0, 100.0))
