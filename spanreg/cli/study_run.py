"""``spanreg study run``: what a study still lacks is made."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.output import print_json, print_line
from spanreg.cli.study_arguments import read_executor, read_plan
from spanreg.cli.study_watch import watching
from spanreg.registry import ConfigurationError

if TYPE_CHECKING:
    from spanreg.studies.run import Asked, StudyEnd


def run(arguments: Namespace) -> int:
    """Runs the command and gives its exit code: 1 where a run is not finished."""
    from spanreg.studies.run import run_study

    if arguments.folder is None:
        raise ConfigurationError("a study needs a folder to run in", path="-s", hint="name one: -s DIR")
    plan, executor = read_plan(arguments), read_executor(arguments)
    with watching(arguments.folder) as watch:
        end = run_study(plan, arguments.folder, executor, _asked(arguments), update=arguments.update, watch=watch)
    if arguments.json:
        failed = [{"arm": run.arm, "seed": run.seed, "problem": problem} for run, problem in end.failed]
        print_json({"made": end.made, "there": end.there, "failed": failed})
    else:
        _tell(end, arguments.folder)
    return 1 if end.failed else 0


def _asked(arguments: Namespace) -> Asked:
    from spanreg.studies.run import Asked

    source = arguments.target.read_text(encoding="utf-8")
    return Asked(arguments.target.stem, source, arguments.include_package, arguments.argv)


def _tell(end: StudyEnd, folder: Path) -> None:
    print_line(f"{end.made} runs made, {end.there} were there; everything is in {folder}")
    for run, problem in end.failed:
        print_line(f"not finished: {run.arm}, seed {run.seed}: {problem}")
