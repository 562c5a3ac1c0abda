"""Write a study that compares a config with the controls that fit it."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.config_arguments import add_external_arguments, externals_of, repeated
from spanreg.cli.options.questions import answer_or_ask
from spanreg.cli.rendering.output import print_line
from spanreg.registry import MistakeCollector, include_packages
from spanreg.scaffolding.configs import study_text
from spanreg.scaffolding.new_files import write_new_files


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="study to write, such as study.jsonnet")
    parser.add_argument("--base", metavar="CONFIG", help="config that the arms are compared with")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds per arm (default: 3)")
    add_external_arguments(parser.add_argument_group("config"))
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    base = answer_or_ask(arguments.base, "--base", "a config to compare with its controls")
    mistakes = MistakeCollector()
    with mistakes:
        include_packages(arguments.include_package)
    with mistakes:
        text = study_text(arguments.file, Path(base), arguments.seeds, externals_of(arguments))
    mistakes.raise_all()
    write_new_files({arguments.file: text})
    print_line(f"written: {arguments.file}")
    # The commands that read the study need what its base needs.
    print_line(f"next: {shlex.join(['spanreg', 'study', 'plan', str(arguments.file), *repeated(arguments)])}")
    return 0
