"""An ablation study on idioms, figurative or literal: spans, no spans, and two controls. Nothing is downloaded."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.commands import report
from spanreg.cli.commands.study import run as study_run
from spanreg.cli.options.config_arguments import add_config_arguments
from spanreg.cli.options.study_arguments import plan_file
from spanreg.cli.rendering.output import print_line
from spanreg.cli.rendering.study_watch import failures
from spanreg.packages import resolve_path

if TYPE_CHECKING:
    from spanreg.studies.execute.run import StudyEnd

STUDY = "pkg:spanreg/studies/demo.jsonnet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "-s", "--folder", type=Path, default=Path("demo-run"), metavar="DIR", help="folder to write (default: demo-run)"
    )
    parser.add_argument("--encoder", metavar="MODEL", help="hub name, folder or pkg:package/folder; default: MiniLM")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds of each arm (default: 3)")
    parser.add_argument(
        "--jobs",
        type=int,
        default=min(2, os.cpu_count() or 1),
        metavar="N",
        help="so many runs at a time (default: 2, or 1 on a single core)",
    )
    parser.add_argument("--json", action="store_true", help="print all facts as JSON")
    # Runs by older code are out of date, and nothing that anybody would miss: hence update.
    parser.set_defaults(target=resolve_path(STUDY), executor="local", update=True)
    add_config_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code: 1 where a run is not finished."""
    end = _study(arguments)
    for line in failures(end):
        print_line(line)
    if end.made or end.there:
        _report(arguments)
    return 1 if end.failed else 0


def _study(arguments: argparse.Namespace) -> StudyEnd:
    if arguments.encoder:
        arguments.settings.insert(0, f"base.encoder.model={arguments.encoder}")
    arguments.settings.insert(0, f"seeds={list(range(1, arguments.seeds + 1))}")
    return study_run.make(plan_file(arguments.target, arguments), arguments)


def _report(arguments: argparse.Namespace) -> None:
    """The table, and the page beside it."""
    page = arguments.folder / "report.html"
    if arguments.json:
        report.run(argparse.Namespace(folder=arguments.folder, output=None, format=None, selection=False, json=True))
        return
    for output in (None, page):
        report.run(argparse.Namespace(folder=arguments.folder, output=output, format=None, selection=False, json=False))
    example = '{"text": "She let off steam."}'
    print_line(f"To go on: open {page}, or echo '{example}' | spanreg predict {arguments.folder}/runs/spans-1-* -")
