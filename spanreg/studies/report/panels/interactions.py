"""Interactions of pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Cell, Figure, Table, scaled
from spanreg.studies.report.charts import Interval, IntervalChart
from spanreg.studies.report.keyed_cells import KeyedCells, compared_figure, text_cell
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.tables import difference_unit

_COLUMNS = ("piece", "alone", "on top of the others", "difference", "95 % interval", "p", "verdict")

_NOTE = (
    "Gain of each piece alone (add one), and on top of all others (leave one out). Redundant: it gains more alone, "
    "since others do a part of its work. Synergistic: it gains more with the others. p is not corrected."
)


@Panel.register("interactions")
class InteractionsPanel(Panel):
    """Gain of each piece alone against its gain on top of the others; registered as ``interactions``.

    ``InteractionsPanel().blocks(facts)``
    """

    title = "Interactions"
    place = 310
    formats = ("html", "md", "latex")
    template = "interactions"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found = facts["interactions"]
        if not found:
            return []
        scale = facts["scale"]
        table = Table(_COLUMNS, tuple(_row(one, facts) for one in found), notes=(_NOTE,))
        chart = IntervalChart(
            tuple(_interval(one, scale) for one in found), f"alone minus on top, {difference_unit(facts)}"
        )
        return [table, Figure("intervals", self.title, chart, _NOTE)]


def _row(one: dict[str, Any], facts: dict[str, Any]) -> tuple[Cell, ...]:
    cells = KeyedCells(one["piece"], one["task"], compared_figure(one["task"], facts), facts["scale"], "interactions.")
    return (
        text_cell(one["piece"]),
        *(cells.difference(field, one[field]) for field in ("alone", "on_top", "difference")),
        cells.interval(one["low"], one["high"]),
        cells.p("p", one["p"]),
        text_cell(one["verdict"]),
    )


def _interval(one: dict[str, Any], scale: int) -> Interval:
    low, high = (scaled(one[end], scale) for end in ("low", "high"))
    return Interval(one["piece"], one["difference"] * scale, low, high)
