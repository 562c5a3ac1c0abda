"""How many seeds a study needs to find a difference, from the runs of a pilot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.comparisons import arm_table, margin_of
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.statistics.contrasts import differences_of
from spanreg.studies.analyse.statistics.power import MOST_SEEDS, POWER, seeds_needed, variances_of
from spanreg.studies.analyse.statistics.two_way import FEWEST_EXAMPLES, FEWEST_SEEDS, LEVEL


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
    "Seeds needed if the variance of the seeds is as large as the pilot allows."
    problem: str = ""
    "Why there is no number."


def seed_plans(results: StudyResults, difference: float, power: float = POWER) -> list[SeedPlan]:
    """Return how many seeds each arm needs for a star, if its true difference is as given.

    The level is that of Bonferroni's correction for the number of arms, so that the count also holds after Holm's.

    Args:
        results: the results of the pilot.
        difference: the true difference, in the unit that reports show.
        power: the wanted probability of a star.

    Raises:
        ConfigurationError: the study has folds, no arm that is compared, or an option is out of range.
    """
    if results.record.folds is not None:
        raise ConfigurationError("seeds of a study with folds cannot be planned: its folds are the samples")
    require_in_range(difference, power)
    compared = [arm for arm in results.arms if arm.against]
    if not compared:
        raise ConfigurationError("no arm of the study is compared with a baseline", hint="run at least two arms")
    return [_plan(arm, results.arm(str(arm.against)), difference, power, LEVEL / len(compared)) for arm in compared]


def require_in_range(difference: float, power: float) -> None:
    """Check the options of ``seed_plans``, which a command does before it reads the results of a study.

    Raises:
        ConfigurationError: an option is out of range.
    """
    for name, value, high in (("--difference", difference, float("inf")), ("--power", power, 1.0)):
        if not 0 < value < high:
            raise ConfigurationError(f"{value:g} is out of range", path=name, hint="give a number above 0")


def _plan(arm: ArmResult, baseline: ArmResult, difference: float, power: float, level: float) -> SeedPlan:
    common = [seed for seed in arm.seeds if seed in baseline.seeds]
    if len(common) < FEWEST_SEEDS:
        problem = f"a pilot needs at least {FEWEST_SEEDS} seeds"
        return SeedPlan(arm.name, baseline.name, len(common), None, None, None, problem)
    wanted = margin_of(arm, difference)
    assert wanted is not None
    differences = differences_of([arm_table(arm), arm_table(baseline)], [1.0, -1.0])
    if differences.ndim > 1 and differences.shape[1] < FEWEST_EXAMPLES:
        problem = f"a pilot needs at least {FEWEST_EXAMPLES} examples"
        return SeedPlan(arm.name, baseline.name, len(common), None, None, None, problem)
    if np.ptp(differences) < 1e-12:
        problem = "the difference is the same everywhere in the pilot, so its variance cannot be estimated"
        return SeedPlan(arm.name, baseline.name, len(common), None, None, None, problem)
    variances = variances_of(differences)
    needed = seeds_needed(variances, wanted, power=power, level=level)
    cautious = seeds_needed(variances.cautious(), wanted, power=power, level=level)
    problem = ""
    if needed is None:
        factor = _examples_factor(float(np.sqrt(variances.examples / (variances.count or 1))), wanted)
        problem = (
            f"no number of seeds is enough: about {factor:.1f} times as many examples are needed"
            if factor > 1
            else f"more than {MOST_SEEDS:,} seeds are needed"
        )
    now = variances.power(len(common), wanted, level)
    return SeedPlan(arm.name, baseline.name, len(common), now, needed, cautious, problem)


def _examples_factor(error: float, difference: float) -> float:
    """Return by how much the number of examples has to grow, at least, for a power of 80 % with many seeds."""
    return float((2.8 * error / difference) ** 2)
