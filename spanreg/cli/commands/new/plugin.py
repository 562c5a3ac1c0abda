"""Write an installable package with a component, which spanreg finds wherever it is installed."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from spanreg.cli.commands.new.component import add_component_arguments, new_component
from spanreg.cli.rendering.output import print_line
from spanreg.scaffolding.new_files import write_new_folder


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_component_arguments(parser)
    parser.add_argument("--folder", type=Path, metavar="DIR", help="folder of the package (default: spanreg-NAME)")


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    new = new_component(arguments)
    new.require_possible(as_module=False)
    folder = arguments.folder or Path(f"spanreg-{new.name.replace('_', '-')}")
    write_new_folder(folder, new.plugin())
    print_line(f"written: {folder}")
    here = f"{folder}" if folder.is_absolute() else f"./{folder}"  # otherwise pip would ask an index for that name
    quoted = shlex.quote(str(folder))
    print_line(f"next: pip install {shlex.quote(here)} && cd {quoted} && spanreg train config.jsonnet -s run")
    return 0
