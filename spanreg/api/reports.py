"""The function ``report``: the results of a study as a table, a page, or a file."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from spanreg.registry import ConfigurationError, suggest
from spanreg.storage import write_text
from spanreg.studies.analyse.results import read_results
from spanreg.studies.exchange.pack import opened_study
from spanreg.studies.report.formats.document import ReportDocument, make_report, report_from, spell_document
from spanreg.studies.report.tables import columns, left, notes, rows
from spanreg.text.display import TableView, Viewable

if TYPE_CHECKING:
    from spanreg.studies.report.formats.panel_choice import PanelConfig

FORMATS: Final = {".html": "html", ".md": "md", ".tex": "latex", ".csv": "csv", ".json": "json"}
"Formats by the suffix of a file."
_WITH_EXAMPLES: Final = ("html", "json")
"Formats that show examples, for which the data are read again."


class Report(Viewable):
    """Report of a study; a notebook shows its table, ``page`` the interactive page.

    ``spanreg.report("study").write("report.html")``

    Parameters:
        facts: all facts of the report, without examples.
        folder: folder or pack of the study.
        selection: include how much selecting the best checkpoint and seed adds to each score.
        panels: its sections in order, by name or as configs; default: those of the study.
    """

    def __init__(
        self,
        facts: dict[str, Any],
        folder: Path,
        *,
        selection: bool = False,
        panels: Sequence[PanelConfig] | None = None,
    ) -> None:
        self.facts = facts
        self.folder = folder
        self.selection = selection
        self.panels = panels

    @property
    def headline(self) -> str:
        """The result of the study, in one sentence."""
        return str(self.facts["headline"])

    @property
    def page(self) -> InlinePage:
        """The interactive page of the report, which a notebook shows in a frame.

        Raises:
            ConfigurationError: the study, or the data of its examples, cannot be read any more.
        """
        return InlinePage(self.spell("html"))

    def spell(self, form: str) -> str:
        """Return the text of the report in a format.

        ``print(spanreg.report("study").spell("md"))``

        Args:
            form: ``html``, ``md``, ``latex``, ``csv`` or ``json``.

        Raises:
            ConfigurationError: the format is unknown or cannot hold ``selection``, or the study cannot be read again.
        """
        if form not in FORMATS.values():
            hint = suggest(form, FORMATS.values(), "formats")
            raise ConfigurationError(f"there is no format '{form}'", path="form", hint=hint)
        if self.selection and form == "csv":
            hint = "use md, latex, html or json, or leave selection out"
            raise ConfigurationError("csv has one line per run, and selection compares arms", path="form", hint=hint)
        # The facts at hand have no examples, so for these formats the study is read again.
        if form in _WITH_EXAMPLES:
            made = _read_report(self.folder, ("html",), selection=self.selection, panels=self.panels)
        else:
            also = ["selection"] if self.selection else []
            made = report_from(self.facts, (form,), panels=self.panels, also=also)
        return (
            json.dumps(made.to_json(), ensure_ascii=False, indent=2) if form == "json" else spell_document(made, form)
        )

    def write(self, file: str | Path, form: str | None = None) -> Path:
        """Write the report to a file, whole or not at all, and return the path of the file.

        ``spanreg.report("study").write("report.html")``

        Args:
            file: the file.
            form: its format, as for ``spell``; default: by its suffix.

        Raises:
            ConfigurationError: the suffix or the format is unknown, or the file cannot be written.
        """
        path = Path(file)
        if form is None and path.suffix not in FORMATS:
            hint = f"use {', '.join(FORMATS)}, or give form"
            raise ConfigurationError(f"'{path}' has an unknown suffix", path="file", hint=hint)
        write_text(path, self.spell(form or FORMATS[path.suffix]))
        return path

    def __str__(self) -> str:
        return self.spell("md")

    def __repr__(self) -> str:
        return f"Report({self.facts['study']!r}: {self.headline})"

    def _view(self) -> TableView:
        return report_view(self.facts)


class InlinePage:
    """HTML page that a notebook shows in a frame, apart from the notebook's own page.

    ``spanreg.report("study").page``

    Parameters:
        html: the page.
    """

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        # Security: without allow-same-origin, scripts of the page reach neither the notebook nor its cookies.
        style = "width:100%;height:40em;border:1px solid #999"
        return f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{escape(self.html)}"></iframe>'

    def __repr__(self) -> str:
        return f"InlinePage({len(self.html):,} characters)"


def report(
    folder: str | Path,
    file: str | Path | None = None,
    *,
    form: str | None = None,
    selection: bool = False,
    panels: Sequence[PanelConfig] | None = None,
) -> Report:
    """Return the report of a study, and write it to a file if one is given.

    ``spanreg.report("study", "report.html").headline``

    Args:
        folder: folder or pack of the study.
        file: file to write; default: none.
        form: format of the file, as for ``Report.spell``; default: by its suffix.
        selection: add a section on how much reporting each arm's best evaluation and best seed adds to its score.
        panels: sections in order, by name or as configs, ``["results", {"type": "examples", "most": 4}]``; default:
            those of the study, otherwise all.

    Raises:
        ConfigurationError: a panel or the format is unknown, the folder is not that of a study, none of its runs is
            finished, or the file cannot be written.
    """
    path = Path(folder)
    # Examples are read only for the formats that show them, which takes their data.
    facts = _read_report(path, ("text",), selection=selection, panels=panels).facts
    made = Report(facts, path, selection=selection, panels=panels)
    if file is not None:
        made.write(file, form)
    return made


def report_view(facts: dict[str, Any]) -> TableView:
    """Return the table of arms and the notes below it."""
    below = [*notes(facts), *filter(None, [left(facts)])]
    return TableView(f"study {facts['study']}", columns(facts), rows(facts), below)


def _read_report(
    folder: Path, formats: Collection[str], *, selection: bool, panels: Sequence[PanelConfig] | None
) -> ReportDocument:
    with opened_study(folder) as study:
        return make_report(read_results(study), formats, panels=panels, also=["selection"] if selection else [])
