"""The two-way test: equal to the analysis of variance of statsmodels, and to t-tests where only one factor varies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from spanreg.studies.analyse.statistics.two_way import seeds_test, two_way_test


def table(seeds: int, examples: int, *, of_seeds: float = 0.3, of_examples: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return random differences with a mean of 0.2, shape: (seeds, examples).

    Args:
        seeds: number of seeds.
        examples: number of examples.
        of_seeds: standard deviation between seeds.
        of_examples: standard deviation between examples; that of the rest is 1.
        seed: random seed.
    """
    generator = np.random.default_rng(seed)
    rows, columns = generator.normal(0, of_seeds, (seeds, 1)), generator.normal(0, of_examples, examples)
    return 0.2 + rows + columns + generator.normal(0, 1, (seeds, examples))


def test_two_way_test_equals_its_formula_with_the_mean_squares_of_statsmodels() -> None:
    seeds, examples = 4, 12
    differences = table(seeds, examples)
    long = pd.DataFrame(
        [(s, e, differences[s, e]) for s in range(seeds) for e in range(examples)], columns=["seed", "example", "y"]
    )
    squares = anova_lm(ols("y ~ C(seed) + C(example)", long).fit())["mean_sq"]
    of_seeds, of_examples, rest = squares["C(seed)"], squares["C(example)"], squares["Residual"]
    columns = differences.mean(0)
    # The test adds two examples with differences as large as the observed ones.
    of_examples += seeds * 2 * (columns**4).sum() / (columns**2).sum() / (examples - 1)
    variance = max(of_seeds + max(of_examples - rest, 0), of_examples, rest)
    share = of_seeds / variance
    limit = share * stats.t.ppf(0.975, seeds - 1) + (1 - share) * stats.t.ppf(0.975, examples - 1)
    error = np.sqrt(variance / (seeds * examples))
    found = two_way_test(differences)
    assert found is not None
    assert (found.difference, found.standard_error, found.seed_share) == pytest.approx(
        (differences.mean(), error, share)
    )
    assert (found.low, found.high) == pytest.approx(
        (differences.mean() - limit * error, differences.mean() + limit * error)
    )


@settings(max_examples=80)
@given(
    seeds=st.integers(3, 8),
    examples=st.integers(2, 60),
    spread=st.sampled_from([0.0, 0.1, 1.0, 30.0]),
    seed=st.integers(0, 10**6),
)
def test_p_is_below_five_percent_exactly_if_the_interval_excludes_zero(
    seeds: int, examples: int, spread: float, seed: int
) -> None:
    found = two_way_test(table(seeds, examples, of_seeds=spread, of_examples=1 / (spread + 1), seed=seed))
    assert found is not None
    assert (found.p < 0.05) == (not found.low <= 0 <= found.high)
    assert 0 <= found.p <= 1
    assert 0 <= found.seed_share <= 1


def test_two_way_test_equals_a_t_test_over_seeds_if_only_seeds_vary() -> None:
    differences = table(5, 4000, of_seeds=1.0, of_examples=0.0)
    found, expected = two_way_test(differences), stats.ttest_1samp(differences.mean(1), 0)
    assert found is not None
    assert found.p == pytest.approx(expected.pvalue, rel=0.01)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()), rel=0.01)


def test_two_way_test_equals_a_t_test_over_examples_if_only_examples_vary() -> None:
    # The same row for each seed.
    differences = np.tile(table(3, 4000, of_seeds=0.0, of_examples=0.0)[:1] / 10, (3, 1))
    found, expected = two_way_test(differences), stats.ttest_1samp(differences[0], 0)
    assert found is not None
    assert found.seed_share == pytest.approx(0, abs=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()), rel=0.01)


def test_seeds_test_equals_the_t_test_of_scipy() -> None:
    differences = np.array([0.021, 0.009, 0.015, 0.03])
    found, expected = seeds_test(differences), stats.ttest_1samp(differences, 0)
    assert found is not None
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))


@pytest.mark.parametrize("shape", [(1, 50), (2, 50), (3, 1), (2, 1)])
def test_too_few_seeds_or_examples_give_no_test(shape: tuple[int, int]) -> None:
    assert two_way_test(np.ones(shape)) is None
    if shape[0] < 3:
        assert seeds_test(np.ones(shape[0])) is None


def test_arms_with_the_same_predictions_have_a_p_of_one() -> None:
    assert two_way_test(np.zeros((5, 277))) is None, "without variance, the error cannot be estimated"
    # With a largest difference of 1 for an example, the two added examples differ by it: the standard error is
    # sqrt(5 * 2 / 276 / (5 * 277)) = 0.0051, and 1.97 of them are 0.0101.
    wide = two_way_test(np.zeros((5, 277)), unit=1.0)
    assert wide is not None
    assert (wide.p, wide.low, wide.high) == (1, pytest.approx(-0.0101, abs=1e-3), pytest.approx(0.0101, abs=1e-3))
    assert seeds_test(np.zeros(3)) is None


def test_a_constant_difference_is_significant_only_with_many_examples() -> None:
    assert seeds_test(np.full(3, 0.2)) is None
    for examples, significant in ((3, False), (4, False), (100, True)):
        found = two_way_test(np.ones((3, examples)))
        assert found is not None
        assert (found.p < 0.05) == significant
        assert found.low < 1 < found.high


@pytest.mark.parametrize("differing", [1, 2, 3, 4])
def test_few_differing_examples_are_not_significant(differing: int) -> None:
    """The exact test of McNemar has p = 0.125 for four corrected examples and none that becomes wrong."""
    row = (np.arange(200) < differing).astype(float)
    found = two_way_test(np.tile(row, (5, 1)))
    assert found is not None
    assert found.p > 0.05


def test_differences_that_cancel_within_examples_widen_the_interval() -> None:
    # The mean of each example is 0, but its sign changes with the seed.
    signs = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
    found = two_way_test(np.tile(signs, (1, 20)))
    assert found is not None
    assert found.low < 0 < found.high


def test_the_detectable_difference_is_found_in_four_of_five_studies() -> None:
    found, detectable, studies = 0, [], 400
    # The first loop estimates the detectable difference, the second simulates studies that have it.
    for seed in range(studies):
        drawn = table(5, 100, of_seeds=0.1, of_examples=0.3, seed=seed) - 0.2
        test = two_way_test(drawn)
        assert test is not None
        detectable.append(test.detectable)
    for seed in range(studies):
        test = two_way_test(table(5, 100, of_seeds=0.1, of_examples=0.3, seed=seed) - 0.2 + np.mean(detectable))
        assert test is not None
        found += test.p < 0.05
    # Four standard deviations of a share of 0.8 among 400 studies.
    assert found / studies == pytest.approx(0.8, abs=0.08)
