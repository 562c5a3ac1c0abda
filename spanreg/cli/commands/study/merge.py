"""Join the runs of a study that were made on several machines."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from spanreg.cli.options.command_parser import add_json_argument
from spanreg.cli.rendering.output import print_json, print_line


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("sources", nargs="+", type=Path, metavar="DIR|PACK", help="folders or packs of the same study")
    parser.add_argument("-s", "--folder", type=Path, required=True, metavar="DIR", help="folder of the joined study")
    add_json_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.studies.exchange.merge import merge_studies
    from spanreg.studies.execute.folder import StudyReader
    from spanreg.studies.execute.progress import counts, run_states

    folder: Path = arguments.folder
    record = merge_studies(arguments.sources, folder)
    # Counted in the merged folder: of a run that several sources have, one is kept.
    found = counts(run_states(StudyReader(folder), record))
    if arguments.json:
        print_json({"folder": str(folder), "arms": [arm.name for arm in record.arms], "counts": found})
    else:
        print_line(f"{folder}: " + ", ".join(f"{number} {state}" for state, number in found.items()))
    return 0
