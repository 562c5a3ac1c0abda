"""Make the runs of a study while showing their progress, and report how they ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.rendering.output import print_line
from spanreg.cli.rendering.study_watch import failures, watching

if TYPE_CHECKING:
    from spanreg.executors.base import Executor
    from spanreg.studies.define.plan import StudyPlan
    from spanreg.studies.execute.run import Asked, StudyEnd


def make_runs(plan: StudyPlan, folder: Path, executor: Executor, asked: Asked, *, update: bool = False) -> StudyEnd:
    """Make the runs that are not finished, those of a finished search's best setting included.

    Args:
        plan: the checked study.
        folder: where its runs are written.
        executor: where they are made.
        asked: how the study was requested.
        update: repeat finished runs whose code or data has changed.
    """
    from spanreg.studies.execute.run import run_study
    from spanreg.studies.search.search import with_winner

    whole = with_winner(plan, folder, asked.included)
    with watching(folder) as watch:
        return run_study(whole, folder, executor, asked, update=update, watch=watch)


def end_facts(end: StudyEnd) -> dict[str, Any]:
    """Return how the runs ended, for ``--json``."""
    failed = [{"arm": run.arm, "seed": run.seed, "problem": problem} for run, problem in end.failed]
    return {"made": end.made, "there": end.there, "failed": failed}


def print_end(end: StudyEnd, folder: Path) -> None:
    """Print how the runs ended."""
    print_line(f"{end.made} runs finished, {end.there} were finished before; results are in {folder}")
    for line in failures(end):
        print_line(line)
