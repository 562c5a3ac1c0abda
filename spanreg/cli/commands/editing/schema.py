"""Print the JSON Schema of configs or studies, for editors and other tools."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.rendering.output import print_json, print_line
from spanreg.editor.config_schema import ROOTS, schema_text


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "kind",
        nargs="?",
        choices=list(ROOTS),
        default="config",
        metavar="|".join(ROOTS),
        help="kind of the files that the schema describes (default: config)",
    )
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    text = schema_text(arguments.kind, arguments.include_package)
    # The text of a schema is stable to the byte, so that a file of it can be compared; a terminal shows it indented.
    if sys.stdout.isatty():
        print_json(json.loads(text))
    else:
        print_line(text)
    return 0
