"""Add seeds to the arms of a study until their differences are decided."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.options.seed_rule import SeedRule
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.record import StudyRecord
from spanreg.studies.execute.run import StudyOutcome

logger = logging.getLogger(__name__)


def run_until_decided(
    plan: StudyPlan, folder: StudyReader, rule: SeedRule, run: Callable[[StudyPlan], StudyOutcome]
) -> StudyOutcome:
    """Make the runs of a study, adding a seed to every undecided arm and its baseline until all are decided.

    Seeds that an earlier call has added are kept, so a repeated call resumes. An arm with its own ``seeds`` keeps them.

    Args:
        plan: the checked study with the first seeds.
        folder: its folder.
        rule: when to stop.
        run: makes the unfinished runs of a plan.

    Returns:
        The outcome of all calls together; after a failed run, no seed is added.
    """
    counts = _known_counts(plan, folder.find(), rule)
    end = run(_with_counts(plan, counts))
    made = end.made
    while not end.failed:
        arms = read_results(folder).arms
        wanted = {name for arm in arms if arm.against and not is_decided(arm) for name in (arm.name, arm.against)}
        # An arm with its own seeds has no count, so it does not grow.
        growing = sorted(name for name in wanted if rule.at_least <= counts.get(name, 0) < rule.at_most)
        # An undecided arm at its limit needs no further runs of the baseline alone.
        if not any(arm.against and arm.name in growing for arm in arms):
            break
        logger.info("not decided yet: another seed of %s", ", ".join(growing))
        counts |= {name: counts[name] + 1 for name in growing}
        end = run(_with_counts(plan, counts))
        made += end.made
    # The last round counts runs of the earlier rounds as finished before, but this call made them.
    return replace(end, made=made, there=end.there - (made - end.made))


def is_decided(arm: ArmResult) -> bool:
    """Return whether an arm's difference has a star, or is shown to be within the margin."""
    found = arm.comparison
    return found is not None and (found.significant or (found.equivalence is not None and found.equivalence.shown))


def _known_counts(plan: StudyPlan, record: StudyRecord | None, rule: SeedRule) -> dict[str, int]:
    """Return the number of seeds of each arm that the rule may extend."""
    first = tuple(rule.first)
    known = {arm.name: len({run.seed for run in record.runs_of(arm.name)}) for arm in record.arms} if record else {}
    # Within the rule of now: its limits may have changed since the earlier call.
    return {
        arm.name: min(rule.at_most, max(rule.at_least, known.get(arm.name, 0)))
        for arm in plan.arms
        if arm.seeds == first
    }


def _with_counts(plan: StudyPlan, counts: Mapping[str, int]) -> StudyPlan:
    """Return the plan with as many seeds of each arm as given; other arms keep theirs."""
    # Seeds are counted from 1 without gaps, as in ``SeedRule.first``.
    arms = [
        replace(arm, seeds=tuple(range(1, counts[arm.name] + 1))) if arm.name in counts else arm for arm in plan.arms
    ]
    return replace(plan, arms=tuple(arms))
