"""List the components of every family."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.rendering.families import FAMILIES, family
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.registry import ConfigurationError, Problem, include_packages, suggest


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "families", nargs="*", metavar="FAMILY", help=f"one or several of {', '.join(FAMILIES)} (default: all)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a list of objects as JSON")
    form.add_argument("--markdown", action="store_true", help="print a page in Markdown, with parameters and sources")
    parser.add_argument(
        "--cost", action="store_true", help="with --markdown: add the costs of parts of a model; imports torch"
    )
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    include_packages(arguments.include_package)
    unknown = [key for key in arguments.families if key not in FAMILIES]
    if unknown:
        raise ConfigurationError(
            Problem(f"there is no family '{key}'", hint=suggest(key, FAMILIES, "families")) for key in unknown
        )
    if arguments.cost and not arguments.markdown:
        raise ConfigurationError("has no effect without --markdown", path="--cost", hint="add --markdown")
    if arguments.markdown:
        print_line(components_page(arguments.families or list(FAMILIES), with_cost=arguments.cost).rstrip())
        return 0
    rows = [row for key in arguments.families or FAMILIES for row in _rows(key)]
    if arguments.json:
        print_json(rows)
    else:
        print_table(["family", "name", "what it is", "where"], [list(row.values())[:4] for row in rows])
    return 0


def components_page(families: list[str], *, with_cost: bool) -> str:
    """Return the page of components in Markdown."""
    # Imported late: the table needs no signatures.
    from spanreg.cli.rendering.component_card import components
    from spanreg.cli.rendering.component_page import spell_page

    if not with_cost:
        return spell_page(components(families), {})
    from spanreg.benchmarks.component_costs import component_costs

    return spell_page(components(families), component_costs())


def _rows(key: str) -> list[dict[str, str]]:
    listed = family(key).describe_available()
    return [
        {"family": key, "name": one.name, "summary": one.summary, "where": f"{one.module}:{one.line}", "class": one.cls}
        for one in listed
    ]
