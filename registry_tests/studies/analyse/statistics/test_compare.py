"""Comparisons of two arms, and the error rates of their tests."""

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
VALUE = additive_score(TASK, "accuracy", np.zeros(1), np.zeros(1)).value  # type: ignore[union-attr]


def runs(generator: np.random.Generator, quality: np.ndarray, seeds: int = 3, spread: float = 0.0) -> ArmScores:
    """Return runs that predict each example correctly with its own probability, which each seed changes a little."""
    chances = np.clip(quality + generator.normal(0, spread, (seeds, 1)), 0, 1)
    right = generator.random((seeds, quality.size)) < chances
    parts = np.stack([right, np.ones_like(right)], -1).astype(float)
    return ArmScores(tuple(range(seeds)), right.mean(1), parts, right)


def test_a_clear_difference_is_found_and_a_missing_one_is_not() -> None:
    generator = np.random.default_rng(0)
    good, bad = runs(generator, np.full(EXAMPLES, 0.95)), runs(generator, np.full(EXAMPLES, 0.55))
    clear, none = with_correction([compare(good, bad, VALUE), compare(bad, bad, VALUE)])
    assert clear.significant
    assert clear.low is not None
    assert clear.low > 0.25
    assert clear.difference == pytest.approx(good.scores.mean() - bad.scores.mean())
    assert (none.difference, none.significant, none.p) == (0.0, False, 1.0)
    assert [one.fixed > one.broken for one in clear.mcnemar] == [True] * 3


def test_never_a_star_for_fewer_than_three_seeds() -> None:
    generator = np.random.default_rng(0)
    pair = runs(generator, np.full(EXAMPLES, 0.99), 2), runs(generator, np.full(EXAMPLES, 0.2), 2)
    (found,) = with_correction([compare(*pair, VALUE)])
    assert found.p_examples is not None
    assert found.p_examples < 0.001
    assert (found.p, found.p_adjusted, found.significant) == (None, None, False)
    assert (found.low, found.high) == (None, None), "two seeds give no 95 % interval"
    assert found.bootstrap_low is not None


def test_only_common_seeds_are_compared() -> None:
    first = ArmScores((1, 2, 5), np.array([0.1, 0.2, 0.9]), None)
    second = ArmScores((2, 7, 1), np.array([0.3, 0.8, 0.5]), None)
    found = compare(first, second, None)
    assert found.seeds == (1, 2)
    assert found.differences == pytest.approx((-0.4, -0.1))
    with pytest.raises(ValueError, match="no seed in common"):
        compare(first, ArmScores((9,), np.array([0.1]), None), None)


def test_without_examples_the_seeds_alone_speak() -> None:
    first = ArmScores((1, 2, 3), np.array([0.6, 0.7, 0.65]), None)
    second = ArmScores((1, 2, 3), np.array([0.5, 0.6, 0.56]), None)
    found = compare(first, second, None)
    assert (found.p_examples, found.p_bootstrap, found.mcnemar) == (None, None, ())
    assert found.basis == "seeds"
    assert found.p == pytest.approx(found.p_seeds)
    assert found.p_seeds == t_test(first.scores - second.scores)
    assert found.low is not None
    assert found.low < found.difference


def test_known_contributions_take_the_place_of_sums() -> None:
    generator = np.random.default_rng(0)
    first, second = (runs(generator, np.full(50, quality)) for quality in (0.9, 0.6))
    by_sums = compare(first, second, VALUE)
    bare = [ArmScores(one.seeds, one.scores, None, contributions=one.parts[..., 0]) for one in (first, second)]
    found = compare(*bare, None)
    assert (found.basis, found.p_examples) == ("seeds and examples", None)
    assert (found.p, found.low, found.high) == pytest.approx((by_sums.p, by_sums.low, by_sums.high))


def test_star_and_interval_never_disagree() -> None:
    """The former rule gave a star to an interval that contains 0 in 2 to 6 % of such studies."""
    stars = 0
    for trial in range(40):
        generator = np.random.default_rng(trial)
        quality = generator.beta(4, 1.5, 277)
        arms = [runs(generator, quality + shift, 4, 0.01) for shift in (0.05, 0.0)]
        (found,) = with_correction([compare(*arms, VALUE, repetitions=20)])
        assert found.low is not None
        assert found.high is not None
        assert found.significant == (not found.low <= 0 <= found.high)
        stars += found.significant
    assert 5 < stars < 35


def test_the_same_runs_give_the_same_figures() -> None:
    generator = np.random.default_rng(0)
    pair = runs(generator, np.full(50, 0.8)), runs(generator, np.full(50, 0.7))
    assert compare(*pair, VALUE) == compare(*pair, VALUE)


TRIALS = 400


def false_alarms(test: str, seeds: int, spread: float) -> float:
    """Return the rate at which a test finds a difference between two equal arms."""
    found = 0
    for trial in range(TRIALS):
        generator = np.random.default_rng(trial)
        quality = generator.beta(4, 1.5, EXAMPLES)
        arms = [runs(generator, quality, seeds, spread) for _ in range(2)]
        differences = arms[0].scores - arms[1].scores
        resample = partial(
            randomised_differences if test == "randomisation" else bootstrap_differences,
            arms[0].parts,
            arms[1].parts,
            VALUE,
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
def test_the_rate_of_false_alarms_is_five_per_cent(test: str, seeds: int, spread: float) -> None:
    assert false_alarms(test, seeds, spread) == pytest.approx(0.05, abs=NOISE)


def test_arms_that_are_not_tested_yet_count() -> None:
    """An unfinished study must not have stars that it could lose when it is finished."""
    generator = np.random.default_rng(0)
    good, bad = runs(generator, np.full(EXAMPLES, 0.9)), runs(generator, np.full(EXAMPLES, 0.7))
    (alone,) = with_correction([compare(good, bad, VALUE)])
    few = compare(*(ArmScores((1, 2), one.scores[:2], None) for one in (good, bad)), None)
    first, second = with_correction([compare(good, bad, VALUE), few], missing=3)
    assert alone.p_adjusted is not None
    assert first.p_adjusted == pytest.approx(min(1.0, 5 * alone.p_adjusted))
    assert second.p_adjusted is None


def test_examples_alone_do_not_see_the_luck_of_a_training() -> None:
    """The test is only a detail: if seeds differ by chance, swapping examples finds a difference in that chance."""
    assert false_alarms("randomisation", 3, 0.05) > 0.05 + NOISE
