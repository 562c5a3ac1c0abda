"""Read a study's report, and print or write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spanreg.cli.rendering.output import print_line, print_table, spell_json


def read_report(folder: Path, *, examples: bool, selection: bool = False) -> dict[str, Any]:
    """Return all facts of the report of a study's folder or pack, as ``document_facts`` does.

    Raises:
        ConfigurationError: the folder is not a study's, or none of its runs is finished.
    """
    from spanreg.studies.analyse.results import read_results
    from spanreg.studies.exchange.pack import opened_study
    from spanreg.studies.report.document import document_facts

    with opened_study(folder) as study:
        return document_facts(read_results(study), examples=examples, selection=selection)


def spell_report(facts: dict[str, Any], form: str) -> str:
    """Return a report in one of its formats."""
    from spanreg.studies.report.document import spell_document

    return spell_json(facts, indent=2) + "\n" if form == "json" else spell_document(facts, form)


def write_report(facts: dict[str, Any], form: str, file: Path) -> None:
    """Write a report to a file, whole or not at all."""
    from spanreg.storage import write_text

    write_text(file, spell_report(facts, form))


def print_report(facts: dict[str, Any]) -> None:
    """Print the table of arms and the notes below it, and the further tables of the report."""
    from spanreg.studies.report.sections import report_sections
    from spanreg.studies.report.tables import columns, left, notes, rows

    print_table(columns(facts), rows(facts))
    for note in filter(None, [*notes(facts), left(facts)]):
        print_line(note)
    for section in report_sections(facts):
        print_line("")
        print_line(section.title)
        print_table(section.columns, section.rows)
        for note in section.notes:
            print_line(note)
    if "selection" in facts:
        from spanreg.studies.report.selection import COLUMNS, selection_notes, selection_rows

        print_table(COLUMNS, selection_rows(facts))
        for note in selection_notes(facts):
            print_line(note)
