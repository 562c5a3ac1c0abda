"""Report the results of a study: as a page, as a table for a paper, or as all facts for a program."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from spanreg.cli.options.config_arguments import add_include_argument
from spanreg.cli.rendering.output import print_json, print_line
from spanreg.cli.rendering.report_output import print_report, read_report, spell_report, write_report
from spanreg.registry import ConfigurationError, include_packages, suggest

_FORMATS = {".html": "html", ".md": "md", ".tex": "latex", ".csv": "csv", ".json": "json"}
"Formats by the suffix of the file."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder or pack of a study")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write; default: a table on standard output"
    )
    names = ", ".join(_FORMATS.values())
    parser.add_argument("--format", metavar="FORMAT", help=f"{names}; default: by the suffix of FILE")
    parser.add_argument(
        "--selection",
        action="store_true",
        help="add what reporting each arm's best evaluation and best seed adds to its score",
    )
    parser.add_argument("--json", action="store_true", help="print all facts as JSON, also when a file is written")
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    form = _format_of(arguments)
    if arguments.selection and form == "csv":
        hint = "use md, latex, html or json, or remove --selection"
        raise ConfigurationError("csv has one line per run, and selection compares arms", path="--selection", hint=hint)
    include_packages(arguments.include_package)
    with_examples = form in ("html", "json") or arguments.json
    facts = read_report(arguments.folder, examples=with_examples, selection=arguments.selection)
    if arguments.output is not None:
        write_report(facts, form, arguments.output)
    if arguments.json:
        print_json(facts)
    elif arguments.output is not None:
        print_line(f"{arguments.output}: {facts['caption']}")
    elif form:
        print_line(spell_report(facts, form).removesuffix("\n"))
    else:
        print_report(facts)
    return 0


def _format_of(arguments: Namespace) -> str:
    """Return the format of the report, empty for a table on standard output."""
    known = list(_FORMATS.values())
    if arguments.format is not None:
        if arguments.format not in known:
            hint = suggest(arguments.format, known, "formats")
            raise ConfigurationError(f"there is no format '{arguments.format}'", path="--format", hint=hint)
        return str(arguments.format)
    if arguments.output is None:
        return ""
    if arguments.output.suffix not in _FORMATS:
        hint = f"use {', '.join(_FORMATS)}, or give --format"
        raise ConfigurationError(f"'{arguments.output}' has an unknown suffix", path="-o", hint=hint)
    return _FORMATS[arguments.output.suffix]
