"""Write a component of your own, with its test and a config that uses it."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from spanreg.cli.options.questions import answer_or_ask
from spanreg.cli.rendering.families import FAMILIES, family
from spanreg.cli.rendering.output import print_line
from spanreg.scaffolding.components import PARTS, NewComponent, require_family
from spanreg.scaffolding.new_files import write_new_files


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_component_arguments(parser)
    parser.add_argument("--folder", type=Path, default=Path(), metavar="DIR", help="folder to write to (default: here)")


def add_component_arguments(parser: ArgumentParser) -> None:
    """Add the name and the family of a component."""
    parser.add_argument("name", metavar="NAME", help="registered name in snake_case, such as by_clause")
    parser.add_argument("--family", metavar="FAMILY", help=f"one of {', '.join(PARTS)}")


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    new = new_component(arguments)
    new.require_possible(as_module=True)
    folder, name = arguments.folder, new.name
    texts = {f"{name}.py": new.module(), f"test_{name}.py": new.test(name), f"{name}.jsonnet": new.config()}
    texts |= new.examples()
    write_new_files({folder / file: text for file, text in texts.items()})
    for file in texts:
        print_line(f"written: {folder / file}")
    at = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    print_line(f"next: {at}spanreg check {name}.jsonnet --include-package {name}")
    print_line(f"      {at}python -m pytest test_{name}.py")
    return 0


def new_component(arguments: Namespace) -> NewComponent:
    """Return the component of a command with ``add_component_arguments``.

    Raises:
        ConfigurationError: there is no such family.
    """
    # A family that is given is checked below: some have no template, which is another mistake than a wrong name.
    key = answer_or_ask(
        arguments.family, "--family", "a family", choices=list(PARTS) if arguments.family is None else ()
    )
    require_family(key, FAMILIES)
    return NewComponent(key, arguments.name, family(key))
