"""Blocks of a report's sections: paragraphs, tables and charts, which every format shows in its own way."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from spanreg.studies.report.charts import Chart

FORMATS: Final = ("html", "md", "latex", "text")
"Formats that show sections."


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a table, with the key by which ``spanreg report --verify`` finds it.

    ``Number("+1.20", 1.2013, "plain/mrpc/accuracy/difference")``
    """

    text: str
    "The rounded number, as the table shows it."
    value: float
    "Unrounded, in the unit that is shown."
    key: str
    "``arm/task/metric/field``, each part quoted by ``number_key``."


Cell = tuple[str | Number, ...]
"Content of a table cell: texts and numbers in order."


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of text.

    ``Paragraph("Chosen by the mean of three seeds.")``
    """

    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with one heading per column.

    ``Table(("arm", "score"), ((("plain",), ("81.20",)),))``
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    notes: tuple[str, ...] = ()
    "Sentences below the table."
    folded: bool = False
    "Whether the page shows it on request, since a chart shows the same."
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with a caption.

    ``Figure("forest", "Differences from the baseline", IntervalChart(rows, "points of accuracy"))``
    """

    name: str
    "Unique in its section; a part of the name of an exported file."
    title: str
    "What the chart shows, also for screen readers."
    chart: Chart
    caption: str = ""
    kind: Literal["figure"] = "figure"


Block = Paragraph | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a report, made by a panel.

    ``sections(facts, [Panel.from_params({"type": "results"})])[0].blocks``
    """

    name: str
    "Registered name of the panel."
    title: str
    blocks: tuple[Block, ...]
    formats: tuple[str, ...] = FORMATS
    "Formats that show the section."
    template: str = ""
    "Template of the page that draws the section from the facts; empty if the page shows the blocks."

    def to_json(self) -> dict[str, Any]:
        """Return the section as plain JSON."""
        return {"name": self.name, "title": self.title, "blocks": [asdict(block) for block in self.blocks]}


def plain(cell: Cell) -> str:
    """Return the text of a cell."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in cell)


def places(scale: float) -> int:
    """Return the decimal places of scores and differences: two in per cent, otherwise four.

    Args:
        scale: factor of the scores that are shown: 100 for per cent, otherwise 1.
    """
    return 2 if scale == 100 else 4


def scaled(value: float | None, scale: float) -> float | None:
    """Return a value in the unit that is shown; None if it is not known."""
    return None if value is None else value * scale


def text_table(
    columns: tuple[str, ...],
    rows: list[list[str]],
    caption: str = "",
    notes: tuple[str, ...] = (),
    *,
    folded: bool = False,
) -> Table:
    """Return a table whose cells are texts without keys."""
    return Table(columns, tuple(tuple((text,) for text in row) for row in rows), caption, notes, folded)
