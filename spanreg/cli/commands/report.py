"""What a study has found: a page, a table for a paper, or all facts for a program."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from spanreg.cli.options.config_arguments import add_include_argument
from spanreg.cli.rendering.output import print_json, print_line, print_table, spell_json
from spanreg.registry import ConfigurationError, include_packages

_SUFFIXES = {".html": "html", ".md": "md", ".tex": "latex", ".csv": "csv", ".json": "json"}


_WITH_EXAMPLES = ("html", "json")
"Forms that also tell of examples, for which the data are read."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a study's folder, or a pack of one")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write; default: a table is printed")
    names = ", ".join(dict.fromkeys(_SUFFIXES.values()))
    parser.add_argument("--format", metavar="FORMAT", help=f"{names}; default: by the file's ending")
    parser.add_argument(
        "--selection",
        action="store_true",
        help="add what reporting each arm's best evaluation and best seed adds to its score",
    )
    parser.add_argument("--json", action="store_true", help="print all facts, whatever is written")
    add_include_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command and gives its exit code."""
    kind = _format(arguments)
    if arguments.selection and kind == "csv":
        hint = "give md, latex, html or json, or leave --selection out"
        raise ConfigurationError(
            "a CSV has a line a run, and selection is of whole arms", path="--selection", hint=hint
        )
    include_packages(arguments.include_package)
    facts = _facts(arguments.folder, kind in _WITH_EXAMPLES or arguments.json, arguments.selection)
    if arguments.output is not None:
        from spanreg.storage import write_text

        write_text(arguments.output, _spelt(facts, kind))
    if arguments.json:
        print_json(facts)
    elif arguments.output is not None:
        print_line(f"{arguments.output}: {facts['caption']}")
    elif kind:
        print_line(_spelt(facts, kind).removesuffix("\n"))
    else:
        _print(facts)
    return 0


def _format(arguments: argparse.Namespace) -> str:
    known = dict.fromkeys(_SUFFIXES.values())
    if arguments.format is not None:
        if arguments.format not in known:
            raise ConfigurationError(f"there is no format '{arguments.format}'", path="--format", hint=", ".join(known))
        return str(arguments.format)
    if arguments.output is None:
        return ""
    if arguments.output.suffix not in _SUFFIXES:
        hint = f"name it with one of {', '.join(_SUFFIXES)}, or give --format"
        raise ConfigurationError(f"the ending of {arguments.output} is no format", path="-o", hint=hint)
    return _SUFFIXES[arguments.output.suffix]


def _facts(folder: Path, with_examples: bool, with_selection: bool) -> dict[str, Any]:
    from spanreg.studies.analyse.results import read_results
    from spanreg.studies.exchange.pack import opened_study
    from spanreg.studies.report.facts import report_facts

    with opened_study(folder) as study:
        results = read_results(study)
        facts = report_facts(results)
        if with_selection:
            from spanreg.studies.report.selection import selection_facts

            facts["selection"] = selection_facts(results)
        if not with_examples:
            return facts
        from spanreg.studies.report.examples import examples_facts

        return {**facts, "examples": examples_facts(results)}


def _spelt(facts: dict[str, Any], kind: str) -> str:
    from spanreg.studies.report.page import page
    from spanreg.studies.report.tables import FORMATS

    if kind == "json":
        return spell_json(facts, indent=2) + "\n"
    if kind == "html":
        return page(facts)
    if "selection" not in facts:
        return FORMATS[kind](facts)
    from spanreg.studies.report.selection import SELECTION_FORMATS

    return FORMATS[kind](facts) + SELECTION_FORMATS[kind](facts)


def _print(facts: dict[str, Any]) -> None:
    from spanreg.studies.report.tables import columns, left, notes, rows

    print_table(columns(facts), rows(facts))
    for note in filter(None, [*notes(facts), left(facts)]):
        print_line(note)
    if "selection" in facts:
        from spanreg.studies.report.selection import COLUMNS, selection_notes, selection_rows

        print_table(COLUMNS, selection_rows(facts))
        for note in selection_notes(facts):
            print_line(note)
