"""Make the runs of a study that are not finished."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from spanreg.cli.commands.study.runs import end_facts, make_runs, print_end
from spanreg.cli.options.study_arguments import add_run_arguments, read_run_arguments
from spanreg.cli.rendering.output import print_json


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_run_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 1 if a run is not finished."""
    invocation = read_run_arguments(arguments)
    end = make_runs(invocation)
    if arguments.json:
        print_json(end_facts(end))
    else:
        print_end(end, invocation.folder)
    return 1 if end.failed else 0
