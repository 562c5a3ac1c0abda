"""Show what a component computes, its parameters and its source, or the members of a family, without importing them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.rendering.component_card import (
    REGISTERED,
    RUNTIME,
    ComponentCard,
    ParameterCard,
    components,
    configs_with,
    find_components,
)
from spanreg.cli.rendering.families import FAMILIES, family
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.registry import ConfigurationError, include_packages
from spanreg.registry.source.classes import line_of
from spanreg.registry.source.docstrings import parse_docstring


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "name",
        metavar="NAME",
        help="registered name, FAMILY/NAME, a family, or a class or key of options such as training",
    )
    parser.add_argument("--json", action="store_true", help="print a list of objects as JSON")
    parser.add_argument(
        "--configs", type=Path, metavar="DIR", help="folder to search for configs that use it (default: configs)"
    )
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    include_packages(arguments.include_package)
    if arguments.configs is not None and not arguments.configs.is_dir():
        raise ConfigurationError(f"there is no folder '{arguments.configs}'", path="--configs", hint="check the path")
    if arguments.name in FAMILIES and not arguments.json:
        _print_family(arguments.name)
        return 0
    found = components([arguments.name]) if arguments.name in FAMILIES else find_components(arguments.name)
    # A name may be that of components of several families: all are shown.
    facts = [_facts(component, arguments.configs or Path("configs")) for component in found]
    if arguments.json:
        print_json(facts)
        return 0
    for component, fact in zip(found, facts, strict=True):
        _print(component, fact)
    return 0


def _facts(component: ComponentCard, folder: Path) -> dict[str, Any]:
    """Return the description of a component for ``--json``."""
    return {
        "family": component.family,
        "name": component.name,
        "class": component.cls,
        "where": component.where,
        "summary": component.summary,
        "text": component.words.text,
        "parameters": [asdict(parameter) for parameter in component.parameters],
        "raises": component.words.raises,
        "example": component.example,
        "jsonnet": component.jsonnet,
        "python": component.python,
        "source": component.source,
        "default": component.is_default,
        "neutral": component.is_neutral,
        "configs": configs_with(component, folder),
    }


def _print_family(key: str) -> None:
    """Print what a family is for, and one line for each of its members."""
    base = family(key)
    print_line(f"{key}, {base.__name__} in {FAMILIES[key][0]}:{line_of(base)}\n\n{parse_docstring(base).text}\n")
    default, neutral = base.default_implementation, getattr(base, "neutral", None)
    marks = {neutral: "neutral", default: "default"}  # a component that is both is shown as the default
    rows = [
        [one.name, one.cls, marks.get(one.name, ""), REGISTERED.sub("", one.summary)]
        for one in base.describe_available()
    ]
    print_table(["name", "class", "mark", "what it is"], rows)
    print_line(f"\n'spanreg describe {key}/{rows[0][0]}' shows the parameters of one.")


def _print(component: ComponentCard, fact: dict[str, Any]) -> None:
    """Print the description of a component."""
    marks = [word for word, holds in (("default", fact["default"]), ("neutral", fact["neutral"])) if holds]
    of_family = f"{component.key or component.family} {component.name}" + (f" ({', '.join(marks)})" if marks else "")
    print_line(f"{of_family}, {component.cls} in {component.where}\n\n{component.words.text}\n")
    rows = [
        [one.name, "run time" if one.given_by == RUNTIME else one.type, one.spelt_default, _meaning(one)]
        for one in component.parameters
    ]
    if rows:
        print_table(["parameter", "type", "default", "meaning"], rows)
    print_line(f"\nexample:\n{component.example}")
    if component.python:
        print_line(f"\njsonnet: {component.jsonnet}\npython: {component.python}")
    if component.family in FAMILIES:
        print_line(f"\nsource: {component.source}")
    if fact["configs"]:
        print_line(f"in: {', '.join(fact['configs'])}")


def _meaning(parameter: ParameterCard) -> str:
    return f"{parameter.meaning} Search: {parameter.search}." if parameter.search else parameter.meaning
