"""Run a study again from its folder or pack, and test whether its result is reproduced."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.commands.study.runs import end_facts, print_end, run_plan
from spanreg.cli.options.command_parser import add_include_argument, add_json_argument
from spanreg.cli.options.study_arguments import StudyInvocation, add_executor_arguments, build_executor
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.cli.rendering.search_watch import spell_value
from spanreg.registry import include_packages

if TYPE_CHECKING:
    from spanreg.studies.exchange.replicate import ArmReplication


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("target", type=Path, metavar="DIR|PACK", help="folder or pack of the original study")
    parser.add_argument("-s", "--folder", type=Path, required=True, metavar="DIR", help="folder for the new runs")
    parser.add_argument("--fresh-seeds", action="store_true", help="use seeds that the study does not have")
    add_executor_arguments(parser)
    add_json_argument(parser)
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code: 1 if a run is not finished, or a difference is not reproduced."""
    from spanreg.studies.analyse.results import read_results
    from spanreg.studies.exchange.pack import opened_study
    from spanreg.studies.exchange.replicate import replication_plan, replications
    from spanreg.studies.execute.folder import StudyReader
    from spanreg.studies.execute.run import StudyRequest

    include_packages(arguments.include_package)
    folder: Path = arguments.folder
    # Checked first: a pack is unpacked before its study can be read.
    executor = build_executor(arguments.executor, arguments.jobs)
    with opened_study(arguments.target) as source:
        record = source.read()
        plan = replication_plan(record, fresh_seeds=arguments.fresh_seeds)
        request = StudyRequest(record.name, record.source, arguments.include_package, arguments.argv)
        end = run_plan(StudyInvocation(plan, folder, executor, request, arguments.update), plan)
        # Inside the block: the results of a pack are read from the folder into which it was unpacked.
        found = replications(read_results(source), read_results(StudyReader(folder)))
    if arguments.json:
        print_json({"arms": [asdict(one) for one in found], **end_facts(end)})
    else:
        print_end(end, folder)
        _print(found)
    return 1 if end.failed or any(one.verdict == "not reproduced" for one in found) else 0


def _print(replications: list[ArmReplication]) -> None:
    """Print each arm's difference in both studies, and whether it was reproduced."""
    rows = [
        (
            one.arm,
            spell_value(one.original),
            _spelt(one.original_interval),
            spell_value(one.replicated),
            _spelt(one.replicated_interval),
            spell_value(one.gap),
            spell_value(one.p),
            one.verdict,
        )
        for one in replications
    ]
    print_table(("arm", "original", "95 % interval", "replicated", "95 % interval", "gap", "p", ""), rows)
    if not replications:
        print_line("no arm is compared in both studies")


def _spelt(interval: tuple[float | None, float | None]) -> str:
    low, high = interval
    return "" if low is None or high is None else f"[{low:.4g}, {high:.4g}]"
