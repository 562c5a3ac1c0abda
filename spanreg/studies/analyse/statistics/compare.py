"""Compare an arm with the baseline: the decisive test, and further tests as details."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.studies.analyse.statistics.contrasts import ArmTable, Basis, ContrastTest, FoldScores, contrast_test
from spanreg.studies.analyse.statistics.contributions import contributions
from spanreg.studies.analyse.statistics.equivalence import EquivalenceTest, equivalence
from spanreg.studies.analyse.statistics.holm import holm_known
from spanreg.studies.analyse.statistics.order import almost_stochastic_order
from spanreg.studies.analyse.statistics.over_examples import (
    McNemarTest,
    bootstrap_p,
    mcnemar,
    percentile_interval,
    randomisation_p,
)
from spanreg.studies.analyse.statistics.over_seeds import effect_size, rank_test, t_test
from spanreg.studies.analyse.statistics.resampling import Floats, bootstrap_differences, randomised_differences
from spanreg.studies.analyse.statistics.two_way import LEVEL

REPETITIONS = 10_000
"Number of resamples of bootstrap and randomisation."
# A p of 0.05 then has a standard error of 0.002, and the smallest p is 0.0001.

ComparisonVerdict = Literal[
    "not tested", "difference found", "no difference found", "equivalent", "difference found, within the margin"
]
"""Conclusion about a difference. ``equivalent``: it is shown to be no larger than the margin of the study. Without a
margin, the conclusion is ``no difference found`` instead, since nothing shows that a difference is small."""


@dataclass(frozen=True, slots=True)
class ArmScores:
    """The scores of an arm's runs, and what each example adds to them.

    ``ArmScores((1, 2, 3), np.array([0.81, 0.80, 0.82]), None)``
    """

    seeds: tuple[int, ...]
    scores: Floats
    "Score of each run, shape: (seeds,)."
    parts: Floats | None
    "What each example adds to the sums of the score, shape: (seeds, examples, parts); None if it has no sums."
    right: NDArray[np.bool_] | None = None
    "Examples that each run labels right, shape: (seeds, examples); None unless the score is accuracy."
    contributions: Floats | None = None
    "Contributions of examples, or of groups of them, for a score without ``parts``, shape: (seeds, examples)."
    folds: FoldScores | None = None
    "Scores on the folds; None without a cross-validation."
    sequential: bool = False
    "Whether seeds are added until a result is clear."


@dataclass(frozen=True, slots=True)
class ArmComparison:
    """One arm against the baseline; differences are arm minus baseline, in the unit of the score.

    ``compare(arm, baseline, value).p``

    ``p``, ``low`` and ``high`` come from the decisive test (``spanreg.studies.analyse.statistics.two_way``). The other
    tests count the seeds or the examples alone, and are details.
    """

    seeds: tuple[int, ...]
    "The seeds of both arms; only these are compared."
    differences: tuple[float, ...]
    "Difference by seed."
    difference: float
    "Mean of the differences."
    low: float | None
    high: float | None
    "Ends of the 95 % confidence interval; None without a test."
    p: float | None
    "P-value of the decisive test; None for fewer than three seeds, or folds."
    basis: Basis
    """The samples of the decisive test: ``seeds`` if contributions of single examples are not known, ``folds`` in a
    cross-validation."""
    standard_error: float | None
    seed_share: float | None
    """Share of the variance of ``difference`` that comes from the seeds; the remainder comes from the examples. None
    over folds, which differ in both."""
    detectable: float | None
    "The smallest true difference that the decisive test detects with a power of 80 % in data of this size."
    p_seeds: float | None
    "Paired t-test over the seeds."
    p_ranks: float | None
    "Wilcoxon over the seeds."
    p_examples: float | None
    "Approximate randomisation over the examples."
    p_bootstrap: float | None
    "Paired bootstrap over examples and seeds."
    bootstrap_low: float | None
    bootstrap_high: float | None
    """Ends of the percentile interval of that bootstrap. It is not a confidence interval: for few seeds it is too
    narrow, and below three seeds it holds for these runs alone."""
    mcnemar: tuple[McNemarTest, ...]
    "McNemar's test by seed; empty unless the score is accuracy."
    order: float | None
    """Estimated violation of stochastic order, from 0 (the arm is better everywhere) to 1, with an allowance for
    chance. It compares distributions and needs no pairs, so seeds that only one of the arms has count as well."""
    effect: float | None
    "Mean difference in units of the standard deviation of the differences (Cohen's d of paired samples)."
    p_adjusted: float | None = None
    "``p`` after Holm's correction over all arms; None before it, and without a test."
    equivalence: EquivalenceTest | None = None
    "Test against the margin of the study; None without a margin or without a test."

    @property
    def significant(self) -> bool:
        """True if the table shows a star: never for fewer than three seeds or folds, which have no ``p``.

        A star implies that the interval excludes 0.
        """
        return self.p_adjusted is not None and self.p_adjusted < LEVEL

    @property
    def verdict(self) -> ComparisonVerdict:
        """The conclusion about the difference."""
        if self.p is None:
            return "not tested"
        shown = self.equivalence is not None and self.equivalence.shown
        # Both can be true: a difference that is surely not 0 may surely be small.
        if self.significant:
            return "difference found, within the margin" if shown else "difference found"
        return "equivalent" if shown else "no difference found"


def compare(
    arm: ArmScores,
    baseline: ArmScores,
    value: Callable[[Floats], Floats] | None,
    *,
    greater_is_better: bool = True,
    repetitions: int = REPETITIONS,
    margin: float | None = None,
) -> ArmComparison:
    """Compare an arm with the baseline on the seeds of both.

    Args:
        arm: the arm's scores.
        baseline: the baseline's scores, on the same examples.
        value: the score as a function of sums of ``parts``; None without ``parts``.
        greater_is_better: whether a larger score is better; only ``order`` depends on it.
        repetitions: number of resamples of bootstrap and randomisation.
        margin: the largest difference that has no practical meaning, in the unit of the score.

    Raises:
        ValueError: the two have no seed in common.
    """
    mine, theirs = _paired(arm, baseline)
    differences, sign = mine.scores - theirs.scores, 1 if greater_is_better else -1
    # A fixed seed: the same runs give the same report. All resampling shares the generator, so its order matters.
    generator = np.random.default_rng(0)
    examples = _over_examples(mine, theirs, value, repetitions, generator)
    test, basis, _, _ = decisive_test(mine, theirs, value)
    return ArmComparison(
        seeds=mine.seeds,
        differences=tuple(differences.tolist()),
        difference=float(differences.mean()),
        low=test.low if test else None,
        high=test.high if test else None,
        p=test.p if test else None,
        basis=basis,
        standard_error=test.standard_error if test else None,
        seed_share=test.seed_share if test and basis != "folds" else None,
        detectable=test.detectable if test else None,
        p_seeds=t_test(differences),
        p_ranks=rank_test(differences),
        p_examples=examples.randomisation if examples else None,
        p_bootstrap=examples.bootstrap if examples else None,
        bootstrap_low=examples.interval[0] if examples else None,
        bootstrap_high=examples.interval[1] if examples else None,
        mcnemar=_mcnemar(mine, theirs),
        order=almost_stochastic_order(sign * arm.scores, sign * baseline.scores, generator=generator),
        effect=effect_size(differences),
        equivalence=equivalence(test, margin) if test and margin else None,
    )


def decisive_test(arm: ArmScores, baseline: ArmScores, value: Callable[[Floats], Floats] | None) -> ContrastTest:
    """Return the decisive test of two arms on the seeds of both.

    Args:
        arm: the arm's scores.
        baseline: the baseline's scores, on the same examples.
        value: the score as a function of sums of ``parts``; None without ``parts``.
    """
    return contrast_test([table_of(arm, value), table_of(baseline, value)], [1.0, -1.0])


def table_of(runs: ArmScores, value: Callable[[Floats], Floats] | None) -> ArmTable:
    """Return the scores of an arm with the contributions of examples, or of groups of examples."""
    grouped = value is None or runs.parts is None
    return ArmTable(runs.seeds, runs.scores, contributions_of(runs, value), grouped, runs.folds, runs.sequential)


def contributions_of(runs: ArmScores, value: Callable[[Floats], Floats] | None) -> Floats | None:
    """Return what each example contributes to each score, shape: (seeds, examples); None if it is not known.

    Args:
        runs: the scores of an arm.
        value: the score as a function of sums of ``parts``.
    """
    if value is None or runs.parts is None or not runs.seeds:
        return runs.contributions
    return np.stack([contributions(parts, value) for parts in runs.parts])


def with_correction(comparisons: Sequence[ArmComparison], *, missing: int = 0) -> list[ArmComparison]:
    """Return the comparisons of one table with Holm's correction for all comparisons of the finished table.

    The tests of differences and those against the margin are two families: they answer two questions.

    Args:
        comparisons: comparisons of the arms so far; those without a ``p`` count as well.
        missing: number of comparisons of unfinished arms, so that an unfinished study needs the same evidence for a
            star as a finished one.
    """
    adjusted = holm_known([one.p for one in comparisons], missing)
    margins = holm_known([one.equivalence.p if one.equivalence else None for one in comparisons], missing)
    return [
        replace(one, p_adjusted=p, equivalence=one.equivalence and replace(one.equivalence, p_adjusted=of_margin))
        for one, p, of_margin in zip(comparisons, adjusted, margins, strict=True)
    ]


class _OverExamples(NamedTuple):
    """Results of resampling the examples."""

    interval: tuple[float, float]
    bootstrap: float
    randomisation: float


def _over_examples(
    arm: ArmScores,
    baseline: ArmScores,
    value: Callable[[Floats], Floats] | None,
    repetitions: int,
    generator: np.random.Generator,
) -> _OverExamples | None:
    """Resample the examples; return None if the score is not a function of sums over them."""
    if value is None or arm.parts is None or baseline.parts is None:
        return None
    pair = arm.parts, baseline.parts, value
    resampled = bootstrap_differences(*pair, repetitions=repetitions, generator=generator)
    randomised = randomised_differences(*pair, repetitions=repetitions, generator=generator)
    difference = float((arm.scores - baseline.scores).mean())
    p_randomised = randomisation_p(difference, randomised)
    return _OverExamples(percentile_interval(resampled), bootstrap_p(resampled), p_randomised)


def _paired(arm: ArmScores, baseline: ArmScores) -> tuple[ArmScores, ArmScores]:
    """Return the scores under the seeds of both; raise ValueError if there are none."""
    common = [seed for seed in arm.seeds if seed in baseline.seeds]
    if not common:
        raise ValueError("the two arms have no seed in common")
    return _only(arm, common), _only(baseline, common)


def _only(runs: ArmScores, seeds: Sequence[int]) -> ArmScores:
    """Return the scores under some of the seeds, in this order."""
    rows = [runs.seeds.index(seed) for seed in seeds]
    return ArmScores(
        seeds=tuple(seeds),
        scores=runs.scores[rows],
        parts=None if runs.parts is None else runs.parts[rows],
        right=None if runs.right is None else runs.right[rows],
        contributions=None if runs.contributions is None else runs.contributions[rows],
        folds=runs.folds and FoldScores(runs.folds.scores[rows], runs.folds.ratio),
        sequential=runs.sequential,
    )


def _mcnemar(arm: ArmScores, baseline: ArmScores) -> tuple[McNemarTest, ...]:
    """Return McNemar's test for each seed; empty unless the score is accuracy."""
    if arm.right is None or baseline.right is None:
        return ()
    # By seed and not pooled: an example's answers under several seeds are not independent, as the test requires.
    return tuple(mcnemar(mine, theirs) for mine, theirs in zip(arm.right, baseline.right, strict=True))
