"""Plan the number of seeds that a study needs to find a difference, from the runs of a pilot."""

from __future__ import annotations

from dataclasses import dataclass

from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.comparisons import arm_table, in_score_unit
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.statistics.contrasts import Floats, differences_of
from spanreg.studies.analyse.statistics.power import (
    MOST_SEEDS,
    DifferenceVariances,
    examples_factor,
    seeds_needed,
    variances_of,
)
from spanreg.studies.analyse.statistics.two_way import FEWEST_EXAMPLES, FEWEST_SEEDS, LEVEL, POWER, all_equal


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """Number of seeds that one arm needs.

    ``seed_plans(results, difference=1.0)[0].seeds``
    """

    arm: str
    against: str
    pilot: int
    "Number of seeds of the pilot."
    power: float | None
    "Power with as many seeds as the pilot has; None if they are too few for an estimate."
    seeds: int | None
    "Seeds needed; None if no number of seeds is enough, or the pilot has too few."
    cautious: int | None
    "Seeds needed if the variance of the seeds is at its upper confidence limit (``DifferenceVariances.cautious``)."
    problem: str = ""
    "Reason for a missing number; empty if there is one."


def seed_plans(results: StudyResults, difference: float, power: float = POWER) -> list[SeedPlan]:
    """Return how many seeds each arm needs to get a star for a true difference of this size.

    The level is that of Bonferroni's correction for the number of comparisons: the first step of Holm's, and its
    hardest. The number of seeds is therefore enough whatever the other arms show.

    Args:
        results: the results of the pilot.
        difference: the true difference, above 0, in the unit that reports show.
        power: the wanted probability of a star, between 0 and 1.

    Raises:
        ConfigurationError: the study has folds, no arm that is compared, or an option is out of range.
    """
    if results.record.folds is not None:
        raise ConfigurationError("seeds of a study with folds cannot be planned: its folds are the samples")
    require_in_range(difference, power)
    compared = [arm for arm in results.arms if arm.against]
    if not compared:
        raise ConfigurationError("no arm of the study is compared with a baseline", hint="run at least two arms")
    # With ``compare: 'all'``, the stars of the table are corrected for all pairs.
    level = LEVEL / max(len(compared), sum(len(matrix.pairs) for matrix in results.pairs))
    return [_plan(arm, results.arm(str(arm.against)), difference, power, level) for arm in compared]


def require_in_range(difference: float, power: float) -> None:
    """Check the options of ``seed_plans``, which a command does before it reads the results of a study.

    Raises:
        ConfigurationError: an option is out of range.
    """
    if not 0 < difference < float("inf"):
        raise ConfigurationError(f"{difference:g} is out of range", path="--difference", hint="give a number above 0")
    if not 0 < power < 1:
        raise ConfigurationError(f"{power:g} is out of range", path="--power", hint="give a number between 0 and 1")


def _plan(arm: ArmResult, baseline: ArmResult, shown: float, power: float, level: float) -> SeedPlan:
    differences = differences_of([arm_table(arm), arm_table(baseline)], [1.0, -1.0])
    seeds, difference = len(differences), in_score_unit(arm, shown)
    if problem := _why_no_estimate(differences):
        return SeedPlan(arm.name, baseline.name, seeds, None, None, None, problem)
    variances = variances_of(differences)
    needed = seeds_needed(variances, difference, power=power, level=level)
    cautious = seeds_needed(variances.cautious(), difference, power=power, level=level)
    problem = "" if needed is not None else _why_not_enough(variances, difference, power, level)
    return SeedPlan(
        arm.name, baseline.name, seeds, variances.power(seeds, difference, level), needed, cautious, problem
    )


def _why_no_estimate(differences: Floats) -> str:
    """Return why the variances of a pilot cannot be estimated; empty if they can."""
    if len(differences) < FEWEST_SEEDS:
        return f"a pilot needs at least {FEWEST_SEEDS} seeds"
    if differences.ndim > 1 and differences.shape[1] < FEWEST_EXAMPLES:
        return f"a pilot needs at least {FEWEST_EXAMPLES} examples"
    if all_equal(differences):
        return "the difference is the same everywhere in the pilot, so its variance cannot be estimated"
    return ""


def _why_not_enough(variances: DifferenceVariances, difference: float, power: float, level: float) -> str:
    """Return why ``MOST_SEEDS`` seeds are too few: the examples alone vary too much, or the seeds do."""
    factor = examples_factor(variances, difference, power=power, level=level)
    if factor > 1:
        return f"no number of seeds is enough: about {factor:.1f} times as many examples are needed"
    return f"more than {MOST_SEEDS:,} seeds are needed"
