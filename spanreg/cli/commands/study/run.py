"""``spanreg study run``: what a study still lacks is made."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from spanreg.cli.options.study_arguments import (
    add_json_argument,
    add_run_arguments,
    add_study_arguments,
    asked_of,
    folder_of,
    read_executor,
    read_plan,
)
from spanreg.cli.rendering.output import print_json, print_line
from spanreg.cli.rendering.study_watch import failures, watching

if TYPE_CHECKING:
    from spanreg.studies.define.plan import StudyPlan
    from spanreg.studies.execute.run import StudyEnd


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_study_arguments(parser)
    add_run_arguments(parser)
    add_json_argument(parser)


def run(arguments: Namespace) -> int:
    """Runs the command and gives its exit code: 1 where a run is not finished."""
    folder_of(arguments)
    end = make(read_plan(arguments), arguments)
    if arguments.json:
        print_json(facts(end))
    else:
        tell(end, arguments)
    return 1 if end.failed else 0


def make(plan: StudyPlan, arguments: Namespace) -> StudyEnd:
    """Makes what is not finished, the best setting of the study's search among it, and shows how far it is."""
    from spanreg.studies.execute.run import run_study
    from spanreg.studies.search.search import with_winner

    folder, executor = arguments.folder, read_executor(arguments)
    whole = with_winner(plan, folder, asked_of(arguments).included)
    with watching(folder) as watch:
        return run_study(whole, folder, executor, asked_of(arguments), update=arguments.update, watch=watch)


def facts(end: StudyEnd) -> dict[str, Any]:
    """What became of the runs, for a program."""
    failed = [{"arm": run.arm, "seed": run.seed, "problem": problem} for run, problem in end.failed]
    return {"made": end.made, "there": end.there, "failed": failed}


def tell(end: StudyEnd, arguments: Namespace) -> None:
    """The same for people."""
    print_line(f"{end.made} runs made, {end.there} were there; everything is in {arguments.folder}")
    for line in failures(end):
        print_line(line)
