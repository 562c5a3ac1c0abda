"""Run the language server for editors on standard input and output; docs/how-to/editors.md has their settings."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.config_arguments import add_external_arguments, externals_of
from spanreg.packages import require_package
from spanreg.registry import include_packages


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    group = parser.add_argument_group("config")
    add_external_arguments(group)
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    require_package("pygls", "the language server")
    # The user starts the server, so these packages are trusted as on any other command line.
    include_packages(arguments.include_package)
    externals = externals_of(arguments)
    from spanreg.editor.language_server import make_server

    make_server(tuple(arguments.include_package), externals).start_io()
    return 0
