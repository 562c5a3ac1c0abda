"""Simulate studies to measure false alarms and coverage of the decisive test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from spanreg.benchmarks.harness.report import BenchReport
from spanreg.data.base import Task
from spanreg.metrics import AdditiveScore, additive_score
from spanreg.studies.analyse.statistics.contributions import contributions
from spanreg.studies.analyse.statistics.two_way import two_way_test

Floats = NDArray[np.float64]

SEEDS: Final = (3, 5, 10, 20)
EXAMPLES: Final = (100, 1000, 5000)
MANY: Final = 1000
"Largest number of examples with all simulated studies; larger ones take long, and are close to normal."

VARYING: Final = ("nothing", "seeds", "examples", "both")
"Random effects that differ between two arms, besides the noise of each answer."

SHIFT: Final = 0.4
"True difference of the arms when coverage is measured, in logits."

_SEED_DEVIATION: Final = 0.2
"Standard deviation of the effect of a seed, where seeds vary, in logits."
_EXAMPLE_DEVIATION: Final = 1.0
"Standard deviation of an arm's own effect of an example, where examples vary, in logits."
_DIFFICULTY: Final = 1.5
"Standard deviation of the difficulty of an example, which both arms share, in logits."
_BASE: Final = 1.0
"Logit of a right answer to an example of mean difficulty: an accuracy of about two thirds."
_LABELS: Final = ("no", "yes")
_CLASSES: Final = Task("simulated", "classification", _LABELS, ("accuracy", "f1", "matthews_correlation"), False)
_VALUES: Final = Task("simulated", "regression", (), ("pearson", "spearman"), False)


@dataclass(frozen=True, slots=True)
class ChanceEffects:
    """Standard deviations of the random effects of a simulated arm, in logits.

    ``ChanceEffects(seeds=0.2, examples=1.0)``
    """

    seeds: float
    "Effect of a seed of the arm."
    examples: float
    "Effect of an example, equal under all seeds."


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Shares of simulated studies, from 0 to 1.

    ``error_rates("accuracy", "both", seeds=3, examples=100, studies=1000).coverage``
    """

    false_alarms: float
    "Share with p below 0.05, for two arms without a true difference."
    coverage: float
    "Share whose interval contains the true difference, for two arms with one."
    power: float
    "Share with p below 0.05, for two arms with a true difference."


Scores = list[AdditiveScore]
"Scores of one arm, by seed."

World = Callable[[np.random.Generator, int, int, ChanceEffects, float], tuple[Scores, Scores]]
"Draws a study from a generator, numbers of seeds and examples, effects, and the true difference of its arms."


def bench_calibration(
    studies: int, seeds: Sequence[int] = SEEDS, examples: Sequence[int] = EXAMPLES, metrics: Sequence[str] = ()
) -> BenchReport:
    """Simulate studies of two arms and test each.

    Args:
        studies: number of simulated studies for each rate and number of examples; a fifth above ``MANY`` examples.
        seeds: numbers of seeds.
        examples: numbers of examples; rates are means over their studies.
        metrics: some of ``WORLDS``; default: all.
    """
    counts = {size: studies if size <= MANY else max(1, studies // 5) for size in examples}
    # Three standard errors of a binomial share around 5 % false alarms and 94 % coverage.
    noise = 3 * np.sqrt(np.array([0.05 * 0.95, 0.94 * 0.06]) / sum(counts.values()))
    goals = f"<= {100 * (0.05 + noise[0]):.1f}", f">= {100 * (0.94 - noise[1]):.1f}"
    report = BenchReport(
        "calibration", about={"studies": ", ".join(f"{counts[size]} of {size} examples" for size in counts)}
    )
    for metric, varying, number in product(metrics or WORLDS, VARYING, seeds):
        rates = [error_rates(metric, varying, number, size, count) for size, count in counts.items()]
        name = f"{metric}, {varying} vary, {number} seeds"
        for what, goal in zip(("false_alarms", "coverage"), goals, strict=True):
            found = np.array([getattr(one, what) for one in rates])
            note = " / ".join(f"{100 * one:.1f}" for one in found)
            mean = float(np.average(found, weights=list(counts.values())))
            report.add(f"{name}: {what.replace('_', ' ')}", 100 * mean, "%", goal, note)
    for rule, number in product(RULES, seeds):
        report.add(f"rule '{rule}', {number} seeds: false alarms", 100 * rule_error_rate(rule, number), "%")
    return report


def markdown_table(report: BenchReport, seeds: Sequence[int] = SEEDS) -> str:
    """Return the tables of ``docs/explanation/statistics.md``: false alarms and coverage, by metric and by rule."""
    values = {result.name: result.value for result in report.results}
    rows = [["score", "varies", *(f"{number} seeds" for number in seeds)]]
    rows.append(["---"] * len(rows[0]))
    names = dict.fromkeys(name.rpartition(", ")[0] for name in values if name.endswith(": coverage"))
    for name in names:
        cells = [" / ".join(f"{values[f'{name}, {one} seeds: {what}']:.1f}" for what in _WHAT) for one in seeds]
        rows.append([*name.removesuffix(" vary").split(", "), *cells])
    rows.append([])
    rows.append(["rule", *(f"{number} seeds" for number in seeds)])
    rows.append(["---"] * len(rows[-1]))
    for rule in RULES:
        rates = [values[f"rule '{rule}', {number} seeds: false alarms"] for number in seeds]
        rows.append([rule, *(f"{rate:.1f}" for rate in rates)])
    return "\n".join("| " + " | ".join(row) + " |" if row else "" for row in rows)


_WHAT: Final = ("false alarms", "coverage")


def error_rates(metric: str, varying: str, seeds: int, examples: int, studies: int) -> ErrorRates:
    """Return the error rates of the decisive test; the same arguments give the same rates.

    The true difference for coverage is the mean over all simulated studies.

    Args:
        metric: one of ``WORLDS``.
        varying: one of ``VARYING``.
        seeds: number of seeds of each arm.
        examples: number of examples.
        studies: number of simulated studies.
    """
    effects = ChanceEffects(
        seeds=_SEED_DEVIATION * (varying in ("seeds", "both")),
        examples=_EXAMPLE_DEVIATION * (varying in ("examples", "both")),
    )
    made = {shift: np.array(list(_tests(metric, seeds, examples, effects, shift, studies))).T for shift in (0.0, SHIFT)}
    _, low, high, _ = made[SHIFT]
    # The shift is in logits, the score is not: its true difference is only known by simulation.
    truth = made[SHIFT][0].mean()
    return ErrorRates(
        false_alarms=float((made[0.0][3] < 0.05).mean()),
        coverage=float(((low <= truth) & (truth <= high)).mean()),
        power=float((made[SHIFT][3] < 0.05).mean()),
    )


def _tests(
    metric: str, seeds: int, examples: int, effects: ChanceEffects, shift: float, studies: int
) -> Iterator[tuple[float, float, float, float]]:
    """Yield difference, interval and p of each simulated study."""
    # Each setting has a generator of its own, so results do not depend on which settings are simulated.
    generator = np.random.default_rng([seeds, examples, int(100 * shift)])
    for _ in range(studies):
        arms = WORLDS[metric](generator, seeds, examples, effects, shift)
        mine, theirs = (np.stack([contributions(one.parts, one.value) for one in arm]) for arm in arms)
        test = two_way_test(mine - theirs, float(max(np.ptp(mine), np.ptp(theirs))))
        # None for fewer than three seeds, or if nothing varies, which noise rules out.
        assert test is not None
        yield test.difference, test.low, test.high, test.p


def _logits(
    generator: np.random.Generator, seeds: int, examples: int, effects: ChanceEffects, shift: float
) -> Iterator[Floats]:
    """Yield for each arm the logits of a right answer, shape: (seeds, examples)."""
    difficulty = _BASE + generator.normal(0, _DIFFICULTY, examples)
    for better in (shift, 0.0):
        own = generator.normal(0, effects.examples, examples) + generator.normal(0, effects.seeds, (seeds, 1))
        yield difficulty + own + better


def _classes(
    positive: float, metric: str, generator: np.random.Generator, seeds: int, examples: int, *given: Any
) -> tuple[Scores, Scores]:
    """Draw two arms that classify examples with a given share of positives."""
    gold = (generator.random(examples) < positive).astype(np.int64)
    made = []
    for logits in _logits(generator, seeds, examples, *given):
        right = generator.random(logits.shape) < special.expit(logits)
        made.append([_score(_CLASSES, metric, answers, gold) for answers in np.where(right, gold, 1 - gold)])
    return made[0], made[1]


def _values(
    metric: str, generator: np.random.Generator, seeds: int, examples: int, effects: ChanceEffects, shift: float
) -> tuple[Scores, Scores]:
    """Draw two arms that predict real values; seeds and the true difference scale the error of an arm."""
    gold, shared = generator.normal(0, 1, (2, examples))
    made = []
    for better in (shift, 0.0):
        own = generator.normal(0, effects.examples, examples)
        scale = 0.4 * np.exp(generator.normal(0, effects.seeds, (seeds, 1)) - better / 2)
        values = gold + scale * (shared + own + generator.normal(0, 1, (seeds, examples)))
        made.append([_score(_VALUES, metric, row, gold) for row in values])
    return made[0], made[1]


def _chunks(generator: np.random.Generator, seeds: int, examples: int, *given: Any) -> tuple[Scores, Scores]:
    """Draw two arms that predict chunks, as the counts that each sentence adds."""
    gold = 1 + generator.poisson(6, examples)
    made = []
    for logits in _logits(generator, seeds, examples, *given):
        right = generator.binomial(gold, special.expit(logits + 1))
        counts = np.stack(
            # A chunk that is missed has a wrong one in its place nine times out of ten.
            [right, right + generator.binomial(gold - right, 0.9), np.broadcast_to(gold, right.shape)],
            -1,
        )  # shape: (seeds, examples, 3)
        made.append([AdditiveScore(one.astype(np.float64), _share_of_chunks) for one in counts])
    return made[0], made[1]


def _share_of_chunks(sums: Floats) -> Floats:
    return np.asarray(2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]))


def _score(task: Task, metric: str, predictions: Any, gold: Any) -> AdditiveScore:
    found = additive_score(task, metric, predictions, gold)
    assert found is not None
    return found


WORLDS: Final[dict[str, World]] = {
    "accuracy": partial(_classes, 0.5, "accuracy"),
    "F1": partial(_classes, 0.3, "f1"),
    "Matthews": partial(_classes, 0.3, "matthews_correlation"),
    "Pearson": partial(_values, "pearson"),
    "Spearman": partial(_values, "spearman"),
    "chunk F1": _chunks,
}

_RATIOS: Final = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)
"Expected mean squares of an effect, less the residual, as multiples of the residual."

_DRAWS: Final = 100_000
"Simulated studies for each mixture: a rate of 5 % has a standard error of 0.07 %."

Rule = Callable[[Floats, Floats, Floats, int, int], Floats]
"""Half the width of the interval times ``sqrt(S n)``, from the mean squares of seeds, examples and residual, and the
degrees of freedom of the first two."""


# By default, as many examples as RTE's validation split has.
def rule_error_rate(rule: str, seeds: int, examples: int = 277) -> float:
    """Return the highest rate of false alarms of a rule over all mixtures of normal effects."""
    generator, degrees = np.random.default_rng(seeds), (seeds - 1, examples - 1)
    rates = []
    # The mean squares of a two-way layout are independent multiples of chi-squared variables.
    for of_seeds, of_examples in product(_RATIOS, _RATIOS):
        means = [1 + of_seeds, 1 + of_examples, 1.0]
        squares = [
            mean * generator.chisquare(one, _DRAWS) / one
            for mean, one in zip(means, (*degrees, degrees[0] * degrees[1]), strict=True)
        ]
        difference = generator.normal(0, np.sqrt(1 + of_seeds + of_examples), _DRAWS)
        rates.append(float((np.abs(difference) > RULES[rule](squares[0], squares[1], squares[2], *degrees)).mean()))
    return max(rates)


def _quantile(degrees: Any) -> Any:
    return stats.t.ppf(0.975, degrees)  # two-sided, at the level 5 %


def _satterthwaite(of_seeds: Floats, of_examples: Floats, rest: Floats, seeds: int, examples: int) -> Floats:
    # The variance components of seeds (with the residual) and examples; a difference below 0 counts as 0.
    first, second = np.maximum(of_seeds, rest), np.maximum(of_examples - rest, 0)
    variance = first + second
    squares = first**2 / seeds + (of_examples**2 / examples + rest**2 / (seeds * examples)) * (second > 0)
    return np.asarray(np.sqrt(variance) * _quantile(variance**2 / squares))


def _chosen(of_seeds: Floats, of_examples: Floats, rest: Floats, seeds: int, examples: int) -> Floats:
    # As in ``two_way_test``, which explains the maxima, but for arrays of simulated studies.
    variance = np.maximum(of_seeds + np.maximum(of_examples - rest, 0), np.maximum(of_examples, rest))
    share = np.minimum(of_seeds / variance, 1)
    return np.asarray(np.sqrt(variance) * (share * _quantile(seeds) + (1 - share) * _quantile(examples)))


RULES: Final[dict[str, Rule]] = {
    "seeds alone (paired t-test)": lambda first, _second, _rest, seeds, _: np.sqrt(first) * _quantile(seeds),
    "examples alone": lambda _first, second, _rest, _, examples: np.sqrt(second) * _quantile(examples),
    "both must reject (until version 0.1)": lambda first, second, _rest, seeds, examples: np.maximum(
        np.sqrt(first) * _quantile(seeds), np.sqrt(second) * _quantile(examples)
    ),
    "components, Satterthwaite's degrees of freedom": _satterthwaite,
    "components, Cochran and Cox's critical value (chosen)": _chosen,
}
