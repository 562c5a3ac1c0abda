"""Show the progress of a study's runs, and what has changed since they were made."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.cli.options.command_parser import add_json_argument
from spanreg.cli.options.config_arguments import add_config_arguments, require_no_overrides
from spanreg.cli.options.study_arguments import plan_file
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.cli.rendering.study_watch import seed_of
from spanreg.registry import include_packages

if TYPE_CHECKING:
    from spanreg.studies.execute.progress import RunState
    from spanreg.studies.execute.record import StudyRecord
    from spanreg.studies.execute.staleness import StalenessReport


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("target", type=Path, metavar="DIR", help="folder of the study")
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="compare with the runs that this study file would make now"
    )
    add_config_arguments(parser)
    add_json_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.studies.execute.folder import StudyReader
    from spanreg.studies.execute.progress import run_states
    from spanreg.studies.execute.staleness import staleness

    if arguments.against is None:
        require_no_overrides(arguments, "has no effect without --against", "add --against FILE, or remove it")
    include_packages(arguments.include_package)
    folder = StudyReader(arguments.target)
    record = folder.read()
    # Read before the states of the runs, of which there may be thousands.
    now = _record_now(arguments, record)
    states = run_states(folder, record)
    found = staleness(record, states, now, folder.path)
    if arguments.json:
        print_json(_facts(record, states, found))
    else:
        _print(record, states, found)
    return 0


def _facts(record: StudyRecord, states: list[RunState], report: StalenessReport) -> dict[str, Any]:
    """Return the states of the runs and what has changed for ``--json``."""
    from spanreg.studies.execute.progress import counts

    stale = {run.id for run in report.stale}
    runs = [
        {
            "arm": one.run.arm,
            "seed": one.run.seed,
            "fold": one.run.fold,
            "state": one.state,
            "stale": one.run.id in stale,
            "problem": one.problem,
        }
        for one in states
    ]
    facts = {"name": record.name, "keep_weights": record.keep_weights, "counts": counts(states)}
    return {**facts, "changes": report.changes, "unknown": report.unknown, "runs": runs}


def _print(record: StudyRecord, states: list[RunState], report: StalenessReport) -> None:
    """Print the states of the runs, what has changed, and how to repeat stale runs."""
    from spanreg.studies.execute.progress import counts

    stale = {run.id for run in report.stale}
    rows = []
    for one in states:
        step = f"{one.progress.step}/{one.progress.steps}" if one.progress else ""
        rows.append((one.run.arm, seed_of(one.run), one.state + ", stale" * (one.run.id in stale), step, one.problem))
    print_table(("arm", "seed", "state", "step", "problem"), rows)
    print_line(", ".join(f"{number} {state}" for state, number in counts(states).items()))
    if record.keep_weights != "all":
        kept = {"best": "of the best run of each arm only", "none": "of no run"}[record.keep_weights]
        print_line(f"weights are kept {kept}")
    for change in report.changes:
        print_line(f"changed since: {change}")
    for reason in report.unknown:
        print_line(f"changes are unknown: {reason}")
    if stale:
        print_line("to repeat stale runs: spanreg study run FILE -s DIR --update")


def _record_now(arguments: Namespace, record: StudyRecord) -> StudyRecord | None:
    """Return the record that the file of ``--against`` would have now, or None without one."""
    if arguments.against is None:
        return None
    from spanreg.storage import in_directory_of
    from spanreg.studies.execute.matching import with_matched_sizes
    from spanreg.studies.execute.run import StudyRequest, record_of
    from spanreg.studies.search.found_arms import with_found_arms

    # Absolute, since the block below changes to the directory in which the study was started.
    folder, file = arguments.target.absolute(), arguments.against.absolute()
    with in_directory_of(folder, record.directory):
        plan = with_found_arms(with_matched_sizes(plan_file(file, arguments, many=True)), folder, record.included)
        return record_of(plan, StudyRequest(record.name, included=record.included), record)
