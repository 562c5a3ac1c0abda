"""Make the runs of a whole study: its arms, those that searches have found, and the seeds that its rule adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyOutcome
from spanreg.studies.search.found_arms import with_found_arms


def run_whole_study(
    plan: StudyPlan, path: Path, included: Sequence[str], run: Callable[[StudyPlan], StudyOutcome]
) -> StudyOutcome:
    """Make the runs that are not finished, those of a finished search's best setting and of added seeds included.

    Args:
        plan: the checked study.
        path: its folder.
        included: the user's own packages, whose code is part of a search's identity.
        run: makes the unfinished runs of a plan; called again with more seeds for a study that adds them.
    """
    whole = with_found_arms(plan, path, included)
    rule = plan.study.seed_rule
    if rule is None:
        return run(whole)
    # Imports scipy, which takes longer than a finished study.
    from spanreg.studies.search.more_seeds import run_until_decided

    return run_until_decided(whole, StudyReader(path), rule, run)
