"""A study's report as one document: a page, a table for a paper, or all facts for a program."""

from __future__ import annotations

from typing import Any

from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.report.examples import examples_facts
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.page import page
from spanreg.studies.report.selection import SELECTION_FORMATS, selection_facts
from spanreg.studies.report.tables import FORMATS


def document_facts(results: StudyResults, *, examples: bool, selection: bool = False) -> dict[str, Any]:
    """Return all facts of a study's report.

    Args:
        results: the results of the study; its folder must still be open where examples are read.
        examples: add the examples on which arms differ.
        selection: add what reporting each arm's best evaluation and best seed adds to its score.
    """
    facts = report_facts(results)
    if selection:
        facts["selection"] = selection_facts(results)
    if examples:
        facts["examples"] = examples_facts(results)
    return facts


def spell_document(facts: dict[str, Any], form: str) -> str:
    """Return a report as HTML, or as text in a format of ``FORMATS``."""
    if form == "html":
        return page(facts)
    return FORMATS[form](facts) + (SELECTION_FORMATS[form](facts) if "selection" in facts else "")
