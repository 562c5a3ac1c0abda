"""A study's report as one document: its facts and sections, and its text in each format."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.report.blocks import FORMATS, Section
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.formats.comma_separated import comma_separated
from spanreg.studies.report.formats.latex import latex
from spanreg.studies.report.formats.markdown import markdown
from spanreg.studies.report.formats.page import finite, page
from spanreg.studies.report.formats.panel_choice import (
    ChosenPanel,
    PanelConfig,
    add_measures,
    chosen_panels,
    sections_of,
)


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A report of a study: its facts and its sections.

    ``spell_document(make_report(results, "md"), "md")``
    """

    facts: dict[str, Any]
    "Plain JSON."
    sections: tuple[Section, ...]
    "The sections that have something to show."

    def shown_in(self, form: str) -> tuple[Section, ...]:
        """Return the sections that a format shows."""
        return tuple(section for section in self.sections if form in section.formats)

    def to_json(self) -> dict[str, Any]:
        """Return facts and sections as plain JSON, with null for numbers that are not finite, which JSON lacks."""
        found: dict[str, Any] = finite({**self.facts, "panels": [section.to_json() for section in self.sections]})
        return found


def make_report(
    results: StudyResults,
    formats: Collection[str] = ("html",),
    *,
    panels: Sequence[PanelConfig] | None = None,
    also: Sequence[PanelConfig] = (),
) -> ReportDocument:
    """Return the report of a study.

    ``make_report(read_results(StudyReader(Path("study"))), ["md"])``

    Args:
        results: the results of the study; its folder must still be open where examples are read.
        formats: the formats that are written; sections that none of them shows are not computed.
        panels: names or configs of the panels in order; default: those of the study file, otherwise all.
        also: further panels.

    Raises:
        ConfigurationError: a panel does not exist or its options are wrong, or a panel fails.
    """
    facts = report_facts(results)
    # Unknown panels are reported before the first one reads texts or predictions, which may take a minute.
    chosen = _chosen(facts, formats, panels, also)
    facts = add_measures(facts, results, chosen)
    return ReportDocument(facts, sections_of(facts, chosen))


def report_from(
    facts: dict[str, Any],
    formats: Collection[str] = FORMATS,
    *,
    panels: Sequence[PanelConfig] | None = None,
    also: Sequence[PanelConfig] = (),
) -> ReportDocument:
    """Return a report of facts that were computed before; arguments are those of ``make_report``.

    Args:
        facts: facts of the report, with those that the panels measure.
        formats: as in ``make_report``.
        panels: as in ``make_report``.
        also: as in ``make_report``.
    """
    return ReportDocument(facts, sections_of(facts, _chosen(facts, formats, panels, also)))


def _chosen(
    facts: dict[str, Any],
    formats: Collection[str],
    panels: Sequence[PanelConfig] | None,
    also: Sequence[PanelConfig],
) -> list[ChosenPanel]:
    """Return the panels that at least one of the formats shows."""
    found = chosen_panels(facts["panel_choice"] if panels is None else panels, also)
    return [one for one in found if not set(one.formats).isdisjoint(formats)]


def spell_document(report: ReportDocument, form: str) -> str:
    """Return a report in a format: ``html``, ``md``, ``latex`` or ``csv``."""
    if form == "csv":
        return comma_separated(report.facts)
    return _WRITERS[form](report.facts, report.shown_in(form))


_WRITERS: Final = {"html": page, "md": markdown, "latex": latex}
