"""Comparisons of two arms, and the rates of false alarms of their tests."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from spanreg.data.base import Task
from spanreg.metrics import additive_score
from spanreg.studies.analyse.statistics.compare import ArmScores, compare, with_correction
from spanreg.studies.analyse.statistics.over_examples import bootstrap_p, randomisation_p
from spanreg.studies.analyse.statistics.over_seeds import t_test
from spanreg.studies.analyse.statistics.resampling import bootstrap_differences, randomised_differences

EXAMPLES = 200
TASK = Task("t", "classification", ("no", "yes"), ("accuracy",), False)
SCORE_OF_SUMS = additive_score(TASK, "accuracy", np.zeros(1), np.zeros(1)).value  # type: ignore[union-attr]
"Accuracy by the sums of its summands."


def random_runs(generator: np.random.Generator, quality: np.ndarray, seeds: int = 3, spread: float = 0.0) -> ArmScores:
    """Return runs that predict each example correctly with its own probability, which each seed changes a little."""
    chances = np.clip(quality + generator.normal(0, spread, (seeds, 1)), 0, 1)
    right = generator.random((seeds, quality.size)) < chances
    parts = np.stack([right, np.ones_like(right)], -1).astype(float)
    return ArmScores(tuple(range(seeds)), right.mean(1), parts, right)


def test_a_large_difference_is_significant_and_none_is_not() -> None:
    generator = np.random.default_rng(0)
    good, bad = random_runs(generator, np.full(EXAMPLES, 0.95)), random_runs(generator, np.full(EXAMPLES, 0.55))
    clear, none = with_correction([compare(good, bad, SCORE_OF_SUMS), compare(bad, bad, SCORE_OF_SUMS)])
    assert clear.significant
    assert clear.low is not None
    assert clear.low > 0.25
    assert clear.difference == pytest.approx(good.scores.mean() - bad.scores.mean())
    assert (none.difference, none.significant, none.p) == (0.0, False, 1.0)
    assert [test.fixed > test.broken for test in clear.mcnemar] == [True] * 3


def test_fewer_than_three_seeds_are_never_significant() -> None:
    generator = np.random.default_rng(0)
    pair = random_runs(generator, np.full(EXAMPLES, 0.99), 2), random_runs(generator, np.full(EXAMPLES, 0.2), 2)
    (found,) = with_correction([compare(*pair, SCORE_OF_SUMS)])
    assert found.p_examples is not None
    assert found.p_examples < 0.001
    assert (found.p, found.p_adjusted, found.significant) == (None, None, False)
    assert (found.low, found.high) == (None, None), "two seeds give no 95 % confidence interval"
    assert found.bootstrap_low is not None


def test_only_common_seeds_are_compared() -> None:
    first = ArmScores((1, 2, 5), np.array([0.1, 0.2, 0.9]), None)
    second = ArmScores((2, 7, 1), np.array([0.3, 0.8, 0.5]), None)
    found = compare(first, second, None)
    assert found.seeds == (1, 2)
    assert found.differences == pytest.approx((-0.4, -0.1))
    with pytest.raises(ValueError, match="no seed in common"):
        compare(first, ArmScores((9,), np.array([0.1]), None), None)


def test_scores_without_examples_are_tested_over_seeds() -> None:
    first = ArmScores((1, 2, 3), np.array([0.6, 0.7, 0.65]), None)
    second = ArmScores((1, 2, 3), np.array([0.5, 0.6, 0.56]), None)
    found = compare(first, second, None)
    assert (found.p_examples, found.p_bootstrap, found.mcnemar) == (None, None, ())
    assert found.basis == "seeds"
    assert found.p == pytest.approx(found.p_seeds)
    assert found.p_seeds == t_test(first.scores - second.scores)
    assert found.low is not None
    assert found.low < found.difference


def test_contributions_may_be_given_in_place_of_sums() -> None:
    generator = np.random.default_rng(0)
    first, second = (random_runs(generator, np.full(50, quality)) for quality in (0.9, 0.6))
    by_sums = compare(first, second, SCORE_OF_SUMS)
    without_sums = [ArmScores(arm.seeds, arm.scores, None, contributions=arm.parts[..., 0]) for arm in (first, second)]
    found = compare(*without_sums, None)
    assert (found.basis, found.p_examples) == ("seeds and examples", None)
    assert (found.p, found.low, found.high) == pytest.approx((by_sums.p, by_sums.low, by_sums.high))


def test_a_difference_is_significant_exactly_if_the_interval_excludes_zero() -> None:
    """An earlier rule marked differences as significant whose interval contains 0, in 2 to 6 % of such studies."""
    significant = 0
    for trial in range(40):
        generator = np.random.default_rng(trial)
        quality = generator.beta(4, 1.5, 277)
        arms = [random_runs(generator, quality + shift, 4, 0.01) for shift in (0.05, 0.0)]
        (found,) = with_correction([compare(*arms, SCORE_OF_SUMS, repetitions=20)])
        assert found.low is not None
        assert found.high is not None
        assert found.significant == (not found.low <= 0 <= found.high)
        significant += found.significant
    assert 5 < significant < 35, "both outcomes must occur"


def test_a_comparison_is_reproducible() -> None:
    generator = np.random.default_rng(0)
    pair = random_runs(generator, np.full(50, 0.8)), random_runs(generator, np.full(50, 0.7))
    assert compare(*pair, SCORE_OF_SUMS) == compare(*pair, SCORE_OF_SUMS)


TRIALS = 400
"Simulated studies for each rate."


def false_alarm_rate(test: str, seeds: int, spread: float) -> float:
    """Return the rate at which a test finds a difference between two equal arms."""
    found = 0
    for trial in range(TRIALS):
        generator = np.random.default_rng(trial)
        quality = generator.beta(4, 1.5, EXAMPLES)
        arms = [random_runs(generator, quality, seeds, spread) for _ in range(2)]
        differences = arms[0].scores - arms[1].scores
        resample = partial(
            randomised_differences if test == "randomisation" else bootstrap_differences,
            arms[0].parts,
            arms[1].parts,
            SCORE_OF_SUMS,
            repetitions=300,
            generator=generator,
        )
        if test == "t":
            p = t_test(differences)
        elif test == "randomisation":
            p = randomisation_p(float(differences.mean()), resample())
        else:
            p = bootstrap_p(resample())
        found += p is not None and p < 0.05
    return found / TRIALS


NOISE = 3 * (0.05 * 0.95 / TRIALS) ** 0.5
"Three standard deviations of a share of 5 % among ``TRIALS`` trials."


@pytest.mark.parametrize(
    ("test", "seeds", "spread"),
    [("t", 3, 0.0), ("t", 5, 0.05), ("randomisation", 1, 0.0), ("randomisation", 3, 0.0), ("bootstrap", 1, 0.0)],
)
def test_the_rate_of_false_alarms_is_five_percent(test: str, seeds: int, spread: float) -> None:
    assert false_alarm_rate(test, seeds, spread) == pytest.approx(0.05, abs=NOISE)


def test_unfinished_arms_count_in_the_correction() -> None:
    """A difference that is significant in an unfinished study must stay so when more arms are finished."""
    generator = np.random.default_rng(0)
    good, bad = random_runs(generator, np.full(EXAMPLES, 0.9)), random_runs(generator, np.full(EXAMPLES, 0.7))
    (alone,) = with_correction([compare(good, bad, SCORE_OF_SUMS)])
    untested = compare(*(ArmScores((1, 2), arm.scores[:2], None) for arm in (good, bad)), None)
    first, second = with_correction([compare(good, bad, SCORE_OF_SUMS), untested], missing=3)
    assert alone.p_adjusted is not None
    # Five comparisons: the first, the second with two seeds, and the three that are missing.
    assert first.p_adjusted == pytest.approx(min(1.0, 5 * alone.p_adjusted))
    assert second.p_adjusted is None


def test_the_randomisation_test_over_examples_ignores_the_variance_of_seeds() -> None:
    """If seeds differ by chance, permuting examples finds that difference, so this test alone never decides."""
    assert false_alarm_rate("randomisation", 3, 0.05) > 0.05 + NOISE
