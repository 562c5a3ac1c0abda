"""Make the runs of a study that are not finished."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from spanreg.cli.commands.study.runs import end_facts, make_runs, print_end
from spanreg.cli.options.study_arguments import (
    add_json_argument,
    add_run_arguments,
    add_study_arguments,
    build_executor,
    plan_file,
    request_of,
    require_folder,
)
from spanreg.cli.rendering.output import print_json


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_study_arguments(parser)
    add_run_arguments(parser)
    add_json_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 1 if a run is not finished."""
    folder = require_folder(arguments.folder)
    plan = plan_file(arguments.target, arguments, many=arguments.yes)
    executor = build_executor(arguments.executor, arguments.jobs)
    end = make_runs(plan, folder, executor, request_of(arguments.target, arguments), update=arguments.update)
    if arguments.json:
        print_json(end_facts(end))
    else:
        print_end(end, folder)
    return 1 if end.failed else 0
