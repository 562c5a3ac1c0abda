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
        "of", nargs="?", choices=list(ROOTS), default="config", help="file that the schema describes (default: config)"
    )
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    text = schema_text(arguments.of, arguments.include_package)
    if sys.stdout.isatty():
        print_json(json.loads(text))
    else:
        print_line(text)
    return 0
