"""Register the plan of a study before its runs."""

from __future__ import annotations

import logging
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.options.command_parser import add_json_argument
from spanreg.cli.options.study_arguments import add_study_arguments, plan_file, request_of
from spanreg.cli.rendering.output import print_json, print_line
from spanreg.studies.execute.matching import with_matched_sizes

if TYPE_CHECKING:
    from spanreg.studies.execute.folder import StudyReader

logger = logging.getLogger(__name__)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_study_arguments(parser)
    parser.add_argument(
        "-s", "--folder", type=Path, required=True, metavar="DIR", help="folder of the study, for its runs"
    )
    add_json_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.studies.execute.folder import REGISTRATION, StudyWriter
    from spanreg.studies.execute.registration import register
    from spanreg.studies.execute.run import record_of

    folder = StudyWriter(arguments.folder)
    plan = with_matched_sizes(plan_file(arguments.target, arguments, many=arguments.yes))
    with folder.locked():
        # Under the lock, which a run of the study would hold: none starts between this look and the registration.
        started = _started(folder)
        record = record_of(plan, request_of(arguments.target, arguments), None)
        written = register(plan, record, folder.path / REGISTRATION, trials=folder.started_trials())
    if started:
        logger.warning(
            "runs have started already (%s), so the report will mark the results as exploratory. register a study "
            "before its first run",
            started,
        )
    if arguments.json:
        print_json({name: written[name] for name in ("registered", "hypothesis", "rule", "hash")})
        return 0
    print_line(f"registered: {plan.summary}")
    print_line(f"hash: {written['hash']}")
    before = "" if started else ", before the first run: spanreg study run"
    print_line(f"publish the hash, or commit {folder.path / REGISTRATION}{before}")
    return 0


def _started(folder: StudyReader) -> str:
    """Return which runs and trials of a study have started, for a message; empty if none has."""
    names = [run.name for run in folder.started()]
    if trials := folder.started_trials():
        # First, since a long list of runs is cut.
        names.insert(0, f"{trials} trial{'s' * (trials > 1)} of a search")
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
