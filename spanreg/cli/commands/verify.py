"""Verify the checksums of runs, studies, packs, models, exports and dictionaries."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.rendering.output import print_json, print_line
from spanreg.registry import MistakeCollector

if TYPE_CHECKING:
    from spanreg.studies.exchange.verification import VerificationResult

_DAMAGED = 2
"Exit code if a file has changed, so that scripts stop as at any other error."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    about = "folder of a run, study, model or export; a pack, or a dictionary"
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help=about)
    parser.add_argument("--json", action="store_true", help='print {"verified": [...], "damaged": N}')


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code: 2 if a file has changed since it was written."""
    from spanreg.studies.exchange.verification import verify

    found: list[VerificationResult] = []
    # All paths that cannot be verified are reported at once.
    mistakes = MistakeCollector()
    for path in arguments.paths:
        with mistakes:
            found += verify(path)
    mistakes.raise_all()
    faults = sum(len(one.faults) for one in found)
    if arguments.json:
        print_json({"verified": [{**asdict(one), "path": str(one.path)} for one in found], "damaged": faults})
    else:
        for one in found:
            for line in one.faults or [_line(one)]:
                print_line(line)
    return _DAMAGED if faults else 0


def _line(one: VerificationResult) -> str:
    if one.note:
        return f"{one.path}: {one.note}"
    return f"{one.path}: {one.kind} is as it was written ({one.files} files, {one.bytes / 1e6:.1f} MB)"
