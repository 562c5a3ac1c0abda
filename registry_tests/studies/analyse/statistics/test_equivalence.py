"""Equivalence tests: equal to those of statsmodels and baycomp, and their rate of wrong claims."""

from __future__ import annotations

import baycomp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from spanreg.studies.analyse.statistics.equivalence import equivalence
from spanreg.studies.analyse.statistics.two_way import resampled_test, seeds_test, two_way_test

DIFFERENCES = np.array([0.004, -0.002, 0.003, 0.0015, -0.001])


@pytest.mark.parametrize("margin", [0.001, 0.004, 0.01])
def test_two_one_sided_tests_equal_those_of_statsmodels(margin: float) -> None:
    test = seeds_test(DIFFERENCES)
    assert test is not None
    found = equivalence(test, margin)
    theirs = DescrStatsW(DIFFERENCES)
    assert found.p == pytest.approx(theirs.ttost_mean(-margin, margin)[0])
    # Two one-sided tests at 5 % correspond to an interval of 90 %.
    assert (found.low, found.high) == pytest.approx(theirs.tconfint_mean(0.1))


@pytest.mark.parametrize("runs", [1, 2])
@pytest.mark.parametrize("margin", [0.005, 0.02])
def test_probabilities_over_folds_equal_those_of_baycomp(runs: int, margin: float) -> None:
    generator = np.random.default_rng(3)
    baseline, arm = 0.8 + generator.normal(0, 0.01, (2, 10))
    folds = 10 // runs
    test = resampled_test(arm - baseline, 1 / (folds - 1))
    assert test is not None
    found = equivalence(test, margin)
    probabilities = found.probability_below, found.probability_within, found.probability_above
    assert probabilities == pytest.approx(baycomp.two_on_single(baseline, arm, rope=margin, runs=runs))
    # The corrected resampled t-test has the same distribution as the posterior.
    below, above = baycomp.two_on_single(baseline, arm, rope=0, runs=runs)
    assert test.p == pytest.approx(2 * min(below, above))


@settings(max_examples=60)
@given(
    seeds=st.integers(3, 6),
    examples=st.integers(2, 40),
    spread=st.sampled_from([0.0, 0.3, 3.0]),
    margin=st.floats(0.01, 3.0),
    seed=st.integers(0, 10**6),
)
def test_equivalence_is_shown_exactly_if_the_interval_is_within_the_margin(
    seeds: int, examples: int, spread: float, margin: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    table = generator.normal(0, spread, (seeds, 1)) + generator.normal(0, 1, (seeds, examples))
    test = two_way_test(table)
    assert test is not None
    found = equivalence(test, margin)
    assert found.shown == (-margin < found.low and found.high < margin)
    total = found.probability_below + found.probability_within + found.probability_above
    assert total == pytest.approx(1)
    assert min(found.probability_below, found.probability_within, found.probability_above) >= 0


def test_arms_with_tiny_differences_are_equivalent() -> None:
    test = seeds_test(np.array([1e-6, -1e-6, 0.0]))
    assert test is not None
    found = equivalence(test, 0.01)
    assert found.shown
    assert found.probability_within > 0.999


@pytest.mark.parametrize("of_seeds", [0.0, 0.05, 1.0])
def test_the_rate_of_wrong_claims_of_equivalence_is_at_most_five_percent(of_seeds: float) -> None:
    """The true difference equals the margin, so every claim of equivalence is wrong."""
    generator, wrong, studies, margin = np.random.default_rng(0), 0, 400, 0.2
    for _ in range(studies):
        table = margin + generator.normal(0, of_seeds, (4, 1)) + generator.normal(0, 1, 60) * 0.3
        test = two_way_test(table + generator.normal(0, 0.5, (4, 60)))
        assert test is not None
        wrong += equivalence(test, margin).shown
    # Three standard deviations of a share of 5 % among 400 studies.
    assert wrong / studies <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / studies)
