"""Interactions of pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, scaled, text_table
from spanreg.studies.report.charts import Interval, IntervalChart
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.tables import difference_unit
from spanreg.studies.report.verdicts import spell_p

_COLUMNS = ("piece", "alone", "on top of the others", "difference", "95 % interval", "p", "verdict")

_NOTE = (
    "What each piece brings alone (add one) and on top of all others (leave one out). Redundant: others do a part of "
    "its work. Synergistic: it needs the others. p is not corrected."
)


@Panel.register("interactions")
class InteractionsPanel(Panel):
    """Gain of each piece alone against its gain on top of the others; registered as ``interactions``.

    ``InteractionsPanel().blocks(facts)``
    """

    title = "Interactions"
    place = 310
    formats = ("html", "md")
    template = "interactions"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found = facts["interactions"]
        if not found:
            return []
        scale = facts["scale"]
        table = text_table(_COLUMNS, [_row(one, scale) for one in found], notes=(_NOTE,))
        chart = IntervalChart(
            tuple(_interval(one, scale) for one in found), f"alone minus on top, {difference_unit(facts)}"
        )
        return [table, Figure("intervals", self.title, chart, _NOTE)]


def _row(one: dict[str, Any], scale: int) -> list[str]:
    gains = [f"{one[key] * scale:+.2f}" for key in ("alone", "on_top", "difference")]
    span = "" if one["low"] is None else f"{one['low'] * scale:+.2f} to {one['high'] * scale:+.2f}"
    return [one["piece"], *gains, span, "" if one["p"] is None else spell_p(one["p"]), one["verdict"]]


def _interval(one: dict[str, Any], scale: int) -> Interval:
    low, high = (scaled(one[end], scale) for end in ("low", "high"))
    return Interval(one["piece"], one["difference"] * scale, low, high)
