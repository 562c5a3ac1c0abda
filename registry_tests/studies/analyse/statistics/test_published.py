"""Published worked examples of the statistics, and equality with scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats.contingency_tables import mcnemar as theirs_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from spanreg.studies.analyse.statistics.holm import holm
from spanreg.studies.analyse.statistics.order import almost_stochastic_order, violation
from spanreg.studies.analyse.statistics.over_examples import bootstrap_p, mcnemar, percentile_interval, randomisation_p
from spanreg.studies.analyse.statistics.over_seeds import (
    detectable_difference,
    effect_size,
    rank_test,
    t_interval,
    t_test,
)

SLEEP = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
"Student (1908), additional sleep by one drug over that by another: t = 4.06, p = 0.0028."

MAIZE = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
"Fisher (1935), after Darwin, crossed minus self-fertilised maize in eighths of an inch: t = 2.148, p = 0.0497."


def test_the_sleep_data_of_student() -> None:
    assert t_test(SLEEP) == pytest.approx(0.00283, abs=5e-6)
    assert effect_size(SLEEP) == pytest.approx(1.2846, abs=5e-5)
    assert t_interval(SLEEP) == pytest.approx((0.7001, 2.4599), abs=5e-5)


def test_the_maize_data_of_darwin() -> None:
    assert t_test(MAIZE) == pytest.approx(0.0497, abs=5e-5)
    assert rank_test(MAIZE) == pytest.approx(0.0413, abs=5e-4)


def test_the_approval_ratings_of_agresti() -> None:
    # Agresti, Categorical Data Analysis: approval in two surveys of the same people, 150 against 86.
    first = np.repeat([True, True, False, False], [794, 150, 86, 570])
    second = np.repeat([True, False, True, False], [794, 150, 86, 570])
    found = mcnemar(first, second)
    assert (found.fixed, found.broken) == (150, 86)
    assert found.p == pytest.approx(theirs_mcnemar([[794, 150], [86, 570]], exact=True).pvalue)
    assert found.p < 1e-4


def test_mcnemar_without_a_difference_has_a_p_of_one() -> None:
    assert mcnemar(np.array([True, False]), np.array([True, False])).p == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_equals_statsmodels(p_values: list[float]) -> None:
    np.testing.assert_allclose(holm(p_values), multipletests(p_values, method="holm")[1], atol=1e-12)


def test_holm_corrects_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_detectable_difference_equals_statsmodels() -> None:
    for seeds in (3, 5, 10):
        differences = np.linspace(-1, 2, seeds)
        expected = TTestPower().solve_power(nobs=seeds, alpha=0.05, power=0.8) * differences.std(ddof=1)
        assert detectable_difference(differences) == pytest.approx(float(np.squeeze(expected)), rel=1e-3)


def test_too_few_seeds_give_no_statistics() -> None:
    two = np.array([0.1, 0.3])
    assert (t_test(two), t_interval(two), detectable_difference(two), rank_test(two)) == (None,) * 4
    assert rank_test(np.arange(5.0)) is None
    assert effect_size(np.array([1.0])) is None


def test_constant_differences_give_no_statistics() -> None:
    assert t_test(np.zeros(3)) is None
    assert t_test(np.full(3, 0.2)) is None
    assert effect_size(np.full(3, 0.2)) is None
    assert rank_test(np.zeros(8)) is None


def test_the_violation_equals_the_integral_of_normal_quantiles() -> None:
    """Compare the violation of samples with that of the normal distributions that they approximate."""
    upper, lower = stats.norm(0.3, 1.5), stats.norm(0.0, 1.0)

    def squared_gaps(only_violations: bool) -> float:
        """Return the integral of the squared gap between the quantile functions."""

        def squared_gap(p: float) -> float:
            gap = lower.ppf(p) - upper.ppf(p)
            return gap**2 if gap > 0 or not only_violations else 0.0

        return float(integrate.quad(squared_gap, 1e-6, 1 - 1e-6, limit=200)[0])

    levels = (np.arange(4000) + 0.5) / 4000
    expected = squared_gaps(only_violations=True) / squared_gaps(only_violations=False)
    assert violation(upper.ppf(levels), lower.ppf(levels)) == pytest.approx(expected, abs=0.005)
    assert violation(lower.ppf(levels), upper.ppf(levels)) == pytest.approx(1 - expected, abs=0.005)


def test_the_violation_is_between_zero_and_one() -> None:
    high, low = np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0])
    assert (violation(high, low), violation(low, high), violation(low, low)) == (0.0, 1.0, 0.5)


def test_almost_stochastic_order_of_clear_and_equal_scores() -> None:
    generator = np.random.default_rng(0)
    high, low = generator.normal(1, 0.1, 12), generator.normal(0, 0.1, 12)
    same = generator.normal(0, 0.1, 12)
    assert almost_stochastic_order(high, low, generator=generator) == 0.0
    assert almost_stochastic_order(low, high, generator=generator) == 1.0
    undecided = almost_stochastic_order(same, low, generator=generator)
    assert undecided is not None
    assert undecided > 0.5
    assert almost_stochastic_order(high[:4], low, generator=generator) is None


def test_equal_arms_are_ordered_by_chance_if_there_are_few_scores() -> None:
    """The first of two equal arms is better at every rank in 1 of n + 1 studies, so no bound holds at 95 %."""
    generator = np.random.default_rng(0)
    for size in (5, 10):
        pairs = 1500
        found = np.mean([violation(*generator.normal(size=(2, size))) == 0 for _ in range(pairs)])
        expected = 1 / (size + 1)
        assert found == pytest.approx(expected, abs=3.5 * (expected * (1 - expected) / pairs) ** 0.5)


def test_p_values_of_resamples_count_the_observed_difference() -> None:
    # Of 100 resampled differences, two are 0 or less; the observed one is added to both counts.
    resampled = np.arange(-1, 99) / 10
    assert bootstrap_p(resampled) == pytest.approx(2 * (1 + 2) / 101)
    assert percentile_interval(resampled) == pytest.approx(tuple(np.quantile(resampled, [0.025, 0.975])))
    assert randomisation_p(0.5, np.array([0.1, -0.5, 0.5, 0.6])) == pytest.approx(4 / 5)
