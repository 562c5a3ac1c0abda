"""Write a study that compares a config with the controls that fit it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from spanreg.cli.options.questions import answer_or_ask
from spanreg.cli.rendering.output import print_line
from spanreg.scaffolding.configs import study_text
from spanreg.scaffolding.new_files import write_new_files


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="study to write, such as study.jsonnet")
    parser.add_argument("--base", metavar="CONFIG", help="config that the arms are compared with")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds per arm (default: 3)")


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    base = answer_or_ask(arguments.base, "--base", "a config to compare with its controls")
    text = study_text(arguments.file, Path(base), arguments.seeds)
    write_new_files({arguments.file: text})
    print_line(f"written: {arguments.file}")
    print_line(f"next: spanreg study plan {arguments.file}")
    return 0
