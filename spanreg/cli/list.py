"""Show the components of every family: names, what they compute, where they stand."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from spanreg.cli.config_arguments import add_include_argument
from spanreg.cli.families import FAMILIES, family
from spanreg.cli.output import print_json, print_table
from spanreg.registry import ConfigurationError, include_package, suggest


def add_arguments(parser: ArgumentParser) -> None:
    """Families to show, and packages to include."""
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=f"of {', '.join(FAMILIES)}; default: all")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """One row a component, the default of a family first."""
    for package in arguments.include_package:
        include_package(package)
    unknown = [key for key in arguments.families if key not in FAMILIES]
    if unknown:
        raise ConfigurationError(f"there is no family '{unknown[0]}'", hint=suggest(unknown[0], FAMILIES, "families"))
    rows = [row for key in arguments.families or FAMILIES for row in _rows(key)]
    if arguments.json:
        print_json(rows)
    else:
        print_table(["family", "name", "what it is", "where"], [list(row.values())[:4] for row in rows])
    return 0


def _rows(key: str) -> list[dict[str, str]]:
    listed = family(key).describe_available()
    return [
        {"family": key, "name": one.name, "summary": one.summary, "where": f"{one.module}:{one.line}", "class": one.cls}
        for one in listed
    ]
