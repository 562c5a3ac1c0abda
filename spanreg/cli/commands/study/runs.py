"""Make the runs of a study while showing their progress, and report how they ended."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.rendering.output import print_line
from spanreg.cli.rendering.study_watch import failures, watching

if TYPE_CHECKING:
    from spanreg.cli.options.study_arguments import StudyInvocation
    from spanreg.studies.define.plan import StudyPlan
    from spanreg.studies.execute.run import StudyOutcome


def make_runs(invocation: StudyInvocation) -> StudyOutcome:
    """Make the runs that are not finished, those of a finished search's best setting and of added seeds included."""
    from spanreg.studies.search.whole_study import run_whole_study

    included = invocation.request.included
    return run_whole_study(invocation.plan, invocation.folder, included, partial(run_plan, invocation))


def run_plan(invocation: StudyInvocation, plan: StudyPlan) -> StudyOutcome:
    """Make the runs of a plan that are not finished."""
    from spanreg.studies.execute.run import run_study

    with watching(invocation.folder) as watch:
        return run_study(
            plan, invocation.folder, invocation.executor, invocation.request, update=invocation.update, watch=watch
        )


def end_facts(end: StudyOutcome) -> dict[str, Any]:
    """Return how the runs ended, for ``--json``."""
    failed = [{"arm": run.arm, "seed": run.seed, "fold": run.fold, "problem": problem} for run, problem in end.failed]
    return {"made": end.made, "there": end.there, "failed": failed}


def print_end(end: StudyOutcome, folder: Path) -> None:
    """Print how the runs ended."""
    print_line(f"{end.made} runs finished, {end.there} were finished before; results are in {folder}")
    for line in failures(end):
        print_line(line)
