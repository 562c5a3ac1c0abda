"""Read a study's report, and print or write it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.cli.rendering.output import print_line, print_table, printable_json

if TYPE_CHECKING:
    from spanreg.registry import Problem
    from spanreg.studies.report.blocks import Block
    from spanreg.studies.report.checks.finding import CheckFinding
    from spanreg.studies.report.formats.document import ReportDocument
    from spanreg.studies.report.formats.panel_choice import PanelConfig
    from spanreg.studies.report.formats.verification import NumberMismatch


def read_report(
    folder: Path,
    formats: Collection[str],
    *,
    panels: Sequence[PanelConfig] | None = None,
    also: Sequence[PanelConfig] = (),
) -> ReportDocument:
    """Return the report of a study's folder or pack, as ``make_report`` does.

    Raises:
        ConfigurationError: the folder is not a study's, none of its runs is finished, or there is no such panel.
    """
    from spanreg.studies.analyse.results import read_results
    from spanreg.studies.exchange.pack import opened_study
    from spanreg.studies.report.formats.document import make_report
    from spanreg.studies.report.formats.panel_choice import chosen_panels

    if panels is not None:
        # Also checked by ``make_report``, but only after the results are read, which may take minutes.
        chosen_panels(panels, also)
    with opened_study(folder) as study:
        return make_report(read_results(study), formats, panels=panels, also=also)


def spell_report(report: ReportDocument, form: str) -> str:
    """Return a report in one of its formats."""
    from spanreg.studies.report.formats.document import spell_document

    return printable_json(report.to_json(), indent=2) + "\n" if form == "json" else spell_document(report, form)


def write_report(report: ReportDocument, form: str, file: Path) -> None:
    """Write a report to a file, whole or not at all."""
    from spanreg.storage import write_text

    write_text(file, spell_report(report, form))


def check_study(folder: Path) -> list[CheckFinding]:
    """Return what weakens the claims of a study, from its folder or pack.

    Raises:
        ConfigurationError: the folder is not a study's, or none of its runs is finished.
    """
    from spanreg.studies.analyse.results import read_results
    from spanreg.studies.exchange.pack import opened_study
    from spanreg.studies.report.checks.run_checks import check_results

    with opened_study(folder) as study:
        return check_results(read_results(study), study)


def write_charts(report: ReportDocument, target: Path, formats: Sequence[str]) -> list[Path]:
    """Write the charts of a report, which was read for the format ``html``, to a folder, and return their paths.

    Raises:
        ConfigurationError: matplotlib is not installed, or there is nothing to draw.
    """
    from spanreg.studies.report.formats.figures.export import write_figures

    return write_figures(report.sections, target, formats)


def verify_files(folder: Path, files: Sequence[Path]) -> tuple[dict[str, int], list[NumberMismatch]]:
    """Return the count of keyed numbers of each LaTeX file, and the numbers that are not the study's.

    Raises:
        ConfigurationError: a file cannot be read, or its comments are wrong; all mistakes of all files at once.
    """
    from spanreg.registry import ConfigurationError
    from spanreg.studies.report.formats.panel_choice import keyed_panels
    from spanreg.studies.report.formats.verification import keys_in, verify_numbers
    from spanreg.studies.report.numbers import keyed_numbers

    # A file may have tables of panels that the study file does not choose: --panels and --selection show them.
    keys = set().union(*map(keys_in, files))
    # Not html: panels that only a page shows, such as examples, would read the data again.
    report = read_report(folder, ("latex", "md", "text"), also=keyed_panels(keys))
    numbers = keyed_numbers(report.facts, report.sections)
    counts: dict[str, int] = {}
    wrong: list[NumberMismatch] = []
    problems: list[Problem] = []
    # A file that is named twice is verified once.
    for file in dict.fromkeys(files):
        try:
            count, mismatches = verify_numbers(file, numbers)
        except ConfigurationError as error:
            problems += error.problems
        else:
            counts[str(file)] = count
            wrong += mismatches
    if problems:
        raise ConfigurationError(problems)
    return counts, wrong


def print_report(report: ReportDocument) -> None:
    """Print tables and paragraphs; the study's result follows the table of arms."""
    for section in report.shown_in("text"):
        if section.name != "results":
            print_line(f"{section.title}:")
        for block in section.blocks:
            _print_block(block, report.facts["headline"] if section.name == "results" else "")


def _print_block(block: Block, headline: str) -> None:
    """Print a paragraph, or a table with headline, caption and notes."""
    from spanreg.studies.report.blocks import plain

    if block.kind == "paragraph":
        print_line(block.text)
    elif block.kind == "table":
        print_table(block.columns, [list(map(plain, row)) for row in block.rows])
        caption = f"Caption: {block.caption}." if block.caption else ""
        for line in filter(None, [headline, caption, *block.notes]):
            print_line(line)
