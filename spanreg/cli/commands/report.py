"""Report the results of a study: as a page, as a table for a paper, or as all facts for a program."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spanreg.cli.options.command_parser import add_include_argument
from spanreg.cli.options.path_checks import require_writable
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.cli.rendering.report_output import (
    check_study,
    print_report,
    read_report,
    spell_report,
    verify_files,
    write_charts,
    write_report,
)
from spanreg.limits import limits
from spanreg.packages import require_package
from spanreg.registry import ConfigurationError, include_packages, suggest
from spanreg.registry.config.files import read_overrides

_FORMATS = {".html": "html", ".md": "md", ".tex": "latex", ".csv": "csv", ".json": "json"}
"Formats by the suffix of the file."


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder or pack of a study")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write (default: a table on standard output)"
    )
    names = ", ".join(_FORMATS.values())
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        help=f"{names} (default: by the suffix of FILE); with --figures: svg or pdf (default: both)",
    )
    parser.add_argument("--figures", type=Path, metavar="FOLDER", help="write all charts as SVG and PDF for a paper")
    parser.add_argument(
        "--selection",
        action="store_true",
        help="add a section on the score that each arm gains if its best evaluation and best seed are reported",
    )
    parser.add_argument(
        "--panels",
        metavar="NAME,...|JSON",
        help="sections in order: registered names, or a list with options: ['results', {type: 'examples', most: 4}] "
        "(default: those of the study file, otherwise all that have something to show)",
    )
    parser.add_argument(
        "--verify",
        type=Path,
        action="append",
        metavar="FILE",
        help="compare the numbers of a LaTeX file that have key comments with the study; exit code 1 if one differs; "
        "may be repeated",
    )
    parser.add_argument(
        "--checks",
        action="store_true",
        help="list what weakens the study's claims, each with a code; exit code 1 if there is anything",
    )
    parser.add_argument("--json", action="store_true", help="print all facts as JSON, also when a file is written")
    add_include_argument(parser)


def run(arguments: Namespace) -> int:
    """Run the command and return its exit code."""
    if arguments.verify:
        return _verify(arguments)
    if arguments.checks:
        return _check(arguments)
    if arguments.figures:
        return _write_figures(arguments)
    return _write_report(arguments)


def _write_report(arguments: Namespace) -> int:
    """Print a report, or write it to a file."""
    form = _format_of(arguments)
    # Reported and not ignored: the file would lack what was asked for.
    for name in ("selection", "panels"):
        if getattr(arguments, name) and form == "csv":
            hint = f"use md, latex, html or json, or remove --{name}"
            raise ConfigurationError("csv has one line per run, and no sections", path=f"--{name}", hint=hint)
    if arguments.output is not None:
        # Before the results are read and tested, which takes minutes for a large study.
        require_writable(arguments.output)
    include_packages(arguments.include_package)
    panels = None if arguments.panels is None else _panels_of(arguments.panels)
    # JSON has everything, like the page.
    formats = {form or "text", *(("html",) if form == "json" or arguments.json else ())}
    also = ["selection"] if arguments.selection else []
    report = read_report(arguments.folder, formats, panels=panels, also=also)
    if arguments.output is not None:
        write_report(report, form, arguments.output)
    if arguments.json:
        print_json(report.to_json())
    elif arguments.output is not None:
        print_line(f"{arguments.output}: {report.facts['caption']}")
    elif form:
        print_line(spell_report(report, form).removesuffix("\n"))
    else:
        print_report(report)
    return 0


def _check(arguments: Namespace) -> int:
    """Print what weakens the claims of a study."""
    _require_no_report(arguments, "checks", "figures")
    include_packages(arguments.include_package)
    findings = check_study(arguments.folder)
    if arguments.json:
        print_json({"findings": [one.to_json() for one in findings]})
        return 1 if findings else 0
    rows = [(one.code, one.title, ", ".join(one.arms), one.problem, one.hint) for one in findings]
    if rows:
        print_table(("code", "check", "arms", "problem", "what to do"), rows)
        print_line(f"{len(rows)} finding{'' if len(rows) == 1 else 's'}; {findings[0].page.partition('#')[0]}")
    else:
        print_line("no findings")
    return 1 if findings else 0


def _require_no_report(arguments: Namespace, name: str, *others: str) -> None:
    for other in ("output", "format", "panels", "selection", *others):
        if getattr(arguments, other):
            problem = f"--{name} writes no report, so it takes no --{other}"
            raise ConfigurationError(problem, path=f"--{name}", hint="remove one of the two")


def _verify(arguments: Namespace) -> int:
    """Print the numbers of LaTeX files that differ from the study's."""
    _require_no_report(arguments, "verify", "checks", "figures")
    include_packages(arguments.include_package)
    counts, wrong = verify_files(arguments.folder, arguments.verify)
    if arguments.json:
        print_json({"checked": sum(counts.values()), "mismatches": [asdict(one) for one in wrong]})
        return 1 if wrong else 0
    for one in wrong:
        print_line(str(one))
    for file, count in counts.items():
        if not any(one.file == file for one in wrong):
            print_line(f"{file}: {count} number{' agrees' if count == 1 else 's agree'} with the study")
    return 1 if wrong else 0


def _write_figures(arguments: Namespace) -> int:
    """Write the charts of the report, and print their paths."""
    known = ("svg", "pdf")
    if arguments.output is not None:
        hint = "call it twice: with -o, and with --figures"
        raise ConfigurationError("--figures writes charts, and -o a report", path="--figures", hint=hint)
    if arguments.selection:
        hint = "call it twice: with --selection, and with --figures"
        raise ConfigurationError("the section of --selection has no charts", path="--figures", hint=hint)
    if arguments.format is not None and arguments.format not in known:
        hint = suggest(arguments.format, known, "formats of figures")
        raise ConfigurationError(f"there is no format '{arguments.format}' of figures", path="--format", hint=hint)
    require_package("matplotlib", "a figure", path="--figures")
    include_packages(arguments.include_package)
    panels = None if arguments.panels is None else _panels_of(arguments.panels)
    formats = known if arguments.format is None else (arguments.format,)
    report = read_report(arguments.folder, ("html",), panels=panels)
    written = write_charts(report, arguments.figures, formats)
    if arguments.json:
        print_json([str(path) for path in written])
        return 0
    for path in written:
        print_line(str(path))
    return 0


def _panels_of(text: str) -> list[Any]:
    """Return the panels of ``--panels``: names separated by commas, or a list in JSON or Jsonnet."""
    if not text.strip().startswith("["):
        return [name.strip() for name in text.split(",") if name.strip()]
    # In an object, because ``read_overrides`` accepts nothing else.
    chosen = read_overrides(f"{{panels: {text}}}", limits=limits().evaluation, name="--panels").values["panels"]
    if not all(isinstance(one, str | dict) for one in chosen):
        raise ConfigurationError("expected names and objects with a type", path="--panels", hint="['results', 'cost']")
    return list(chosen)


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
