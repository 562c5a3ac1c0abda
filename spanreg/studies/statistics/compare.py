"""One arm against the baseline: every test that the data allow, and what may be said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spanreg.studies.statistics.holm import holm
from spanreg.studies.statistics.order import almost_stochastic_order
from spanreg.studies.statistics.over_examples import (
    McNemar,
    bootstrap_p,
    interval,
    mcnemar,
    randomisation_p,
)
from spanreg.studies.statistics.over_seeds import (
    detectable_difference,
    effect_size,
    rank_test,
    t_interval,
    t_test,
)
from spanreg.studies.statistics.resampling import Floats, bootstrap_differences, randomised_differences

REPETITIONS = 10_000
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Runs:
    """What an arm's runs made of the same examples."""

    seeds: tuple[int, ...]
    scores: Floats
    "The figure of each run, shape: (seeds,)."
    parts: Floats | None
    "What each example adds to the figure, shape: (seeds, examples, parts); None where it is no function of sums."
    right: NDArray[np.bool_] | None = None
    "Which examples each run has right, shape: (seeds, examples); None where that is no question."


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against the baseline. Differences are arm minus baseline, in the figure's own unit."""

    seeds: tuple[int, ...]
    "Those that both arms were run under; only they are compared."
    differences: tuple[float, ...]
    "By seed."
    difference: float
    "Their mean."
    low: float | None
    high: float | None
    """Ends of the 95 % interval: the hull of that by bootstrap over examples and seeds and that by Student's t over the
    seeds. Where few seeds differ much, the bootstrap alone is too narrow; for fewer than three there is no other."""
    p_seeds: float | None
    "Paired t-test over the seeds."
    p_ranks: float | None
    "Wilcoxon over the seeds."
    p_examples: float | None
    "Approximate randomisation over the examples."
    p_bootstrap: float | None
    "Paired bootstrap over examples and seeds."
    mcnemar: tuple[McNemar, ...]
    "By seed; empty unless the figure is accuracy."
    order: float | None
    "Upper bound of the violation of stochastic order; below 0.5 the arm is almost stochastically better."
    effect: float | None
    "Mean difference in standard deviations of the differences."
    detectable: float | None
    "The smallest difference that so many seeds find with a probability of 80 %."
    p: float | None
    """The larger one of ``p_seeds`` and ``p_examples``: both another training and other examples must be ruled out.
    None for fewer than three seeds, where nothing is known of another training."""
    p_adjusted: float | None = None
    "``p`` after Holm's correction over all arms."

    @property
    def significant(self) -> bool:
        """Whether the difference may carry a star: never for fewer than three seeds, which have no ``p``."""
        return self.p_adjusted is not None and self.p_adjusted < LEVEL


def compare(
    arm: Runs,
    baseline: Runs,
    value: Callable[[Floats], Floats] | None,
    *,
    greater_is_better: bool = True,
    seed: int = 0,
    repetitions: int = REPETITIONS,
) -> Comparison:
    """Compares an arm with the baseline on the seeds that both have.

    Args:
        arm: the arm's runs.
        baseline: the baseline's runs, on the same examples.
        value: the figure of sums of ``parts``; None where there are none.
        greater_is_better: whether a larger figure is a better one; only ``order`` depends on it.
        seed: of the resampling: the same runs give the same figures.
        repetitions: of bootstrap and randomisation.

    Raises:
        ValueError: no seed in common.
    """
    common = [one for one in arm.seeds if one in baseline.seeds]
    if not common:
        raise ValueError("the two arms have no seed in common")
    mine, theirs = _only(arm, common), _only(baseline, common)
    differences = mine.scores - theirs.scores
    generator, sign = np.random.default_rng(seed), 1 if greater_is_better else -1
    examples = _over_examples(mine, theirs, value, repetitions, generator)
    low, high = _hull(examples.interval if examples else None, t_interval(differences)) or (None, None)
    p_seeds, p_examples = t_test(differences), examples.randomisation if examples else None
    p = None if p_seeds is None else max(p_seeds, p_examples or 0.0)
    return Comparison(
        seeds=tuple(common),
        differences=tuple(differences.tolist()),
        difference=float(differences.mean()),
        low=low,
        high=high,
        p_seeds=p_seeds,
        p_ranks=rank_test(differences),
        p_examples=p_examples,
        p_bootstrap=examples.bootstrap if examples else None,
        mcnemar=_mcnemar(mine, theirs),
        order=almost_stochastic_order(sign * arm.scores, sign * baseline.scores, generator=generator),
        effect=effect_size(differences),
        detectable=detectable_difference(differences),
        p=p,
    )


def with_correction(comparisons: Sequence[Comparison], *, missing: int = 0) -> list[Comparison]:
    """The comparisons of one table, with Holm's correction over all that the table will have.

    Args:
        comparisons: of the arms so far; one without a ``p`` counts, too.
        missing: how many more there will be. So a star in the table of an unfinished study needs no less than in the
            whole one.
    """
    p_values = [1.0 if one.p is None else one.p for one in comparisons] + [1.0] * missing
    adjusted = holm(p_values)[: len(comparisons)]
    return [replace(one, p_adjusted=None if one.p is None else p) for one, p in zip(comparisons, adjusted, strict=True)]


def _hull(*intervals: tuple[float, float] | None) -> tuple[float, float] | None:
    """The smallest interval that holds all of those that are known."""
    known = [interval for interval in intervals if interval is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None


@dataclass(frozen=True, slots=True)
class _OverExamples:
    """What resampling the examples says of a difference."""

    interval: tuple[float, float]
    bootstrap: float
    randomisation: float


def _over_examples(
    arm: Runs,
    baseline: Runs,
    value: Callable[[Floats], Floats] | None,
    repetitions: int,
    generator: np.random.Generator,
) -> _OverExamples | None:
    """None where the figure is no function of sums over the examples."""
    if value is None or arm.parts is None or baseline.parts is None:
        return None
    given = arm.parts, baseline.parts, value
    resampled = bootstrap_differences(*given, repetitions=repetitions, generator=generator)
    randomised = randomised_differences(*given, repetitions=repetitions, generator=generator)
    difference = float((arm.scores - baseline.scores).mean())
    return _OverExamples(interval(resampled), bootstrap_p(resampled), randomisation_p(difference, randomised))


def _only(runs: Runs, seeds: Sequence[int]) -> Runs:
    """The runs under some of their seeds, in this order."""
    rows = [runs.seeds.index(seed) for seed in seeds]
    parts = None if runs.parts is None else runs.parts[rows]
    return Runs(tuple(seeds), runs.scores[rows], parts, None if runs.right is None else runs.right[rows])


def _mcnemar(arm: Runs, baseline: Runs) -> tuple[McNemar, ...]:
    if arm.right is None or baseline.right is None:
        return ()
    return tuple(mcnemar(mine, theirs) for mine, theirs in zip(arm.right, baseline.right, strict=True))
