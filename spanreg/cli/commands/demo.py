"""Run an ablation study on idioms: with spans, without spans, and two controls. Nothing is downloaded."""

from __future__ import annotations

import os
import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.commands.study.runs import make_runs
from spanreg.cli.options.config_arguments import add_config_arguments
from spanreg.cli.options.study_arguments import StudyInvocation, build_executor, plan_file, request_of
from spanreg.cli.rendering.output import print_json, print_line
from spanreg.cli.rendering.report_output import print_report, read_report, write_report
from spanreg.cli.rendering.study_watch import failures
from spanreg.packages import resolve_path

if TYPE_CHECKING:
    from spanreg.studies.execute.run import StudyOutcome

STUDY = "pkg:spanreg/studies/demo.jsonnet"
_EXAMPLE = '{"text": "She let off steam."}'


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "-s", "--folder", type=Path, default=Path("demo-run"), metavar="DIR", help="folder to write (default: demo-run)"
    )
    parser.add_argument("--encoder", metavar="MODEL", help="hub name, folder or pkg:package/folder (default: MiniLM)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds per arm (default: 3)")
    parser.add_argument(
        "--jobs",
        type=int,
        default=min(2, os.cpu_count() or 1),
        metavar="N",
        help="number of concurrent runs (default: 2, or 1 on a single core)",
    )
    parser.add_argument("--json", action="store_true", help="print all facts as JSON")
    add_config_arguments(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 1 if a run is not finished."""
    end = _make_runs(arguments)
    for line in failures(end):
        print_line(line)
    # A report needs a finished run.
    if end.made or end.there:
        _report(arguments.folder, arguments.json)
    return 1 if end.failed else 0


def _make_runs(arguments: Namespace) -> StudyOutcome:
    """Run the study of the demo with the encoder and seeds of the command line."""
    executor = build_executor("local", arguments.jobs)
    file = resolve_path(STUDY)
    # First, so that ``--set`` of the command line comes after them and wins.
    if arguments.encoder:
        arguments.settings.insert(0, f"base.encoder.model={arguments.encoder}")
    arguments.settings.insert(0, f"seeds={list(range(1, arguments.seeds + 1))}")
    plan = plan_file(file, arguments)
    # A demo has no results to protect: runs of an earlier version are replaced without asking.
    return make_runs(StudyInvocation(plan, arguments.folder, executor, request_of(file, arguments), update=True))


def _report(folder: Path, as_json: bool) -> None:
    """Print the report and write its page, or print all facts as JSON."""
    report = read_report(folder, ("html", "text"))
    if as_json:
        print_json(report.to_json())
        return
    page = folder / "report.html"
    print_report(report)
    write_report(report, "html", page)
    print_line(f"{page}: {report.facts['caption']}")
    # Quoted, because the lines are copied into a shell, and a folder may have spaces.
    page_word, run_word = shlex.quote(str(page)), f"{shlex.quote(str(folder))}/runs/spans-1-*"
    print_line(f"Next: open {page_word}, or run: echo {shlex.quote(_EXAMPLE)} | spanreg predict {run_word} -")
