"""The table of arms, with their differences from the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, Table, scaled
from spanreg.studies.report.charts import Interval, IntervalChart
from spanreg.studies.report.facts import verdict
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.tables import cells, columns, difference_unit, left, notes


@Panel.register("results")
class ResultsPanel(Panel):
    """Score and difference of every arm, with a forest plot; registered as ``results``.

    ``ResultsPanel().blocks(facts)``
    """

    title = "Differences from the baseline"
    place = 100
    template = "results"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        # The first two notes are the headline and the caption, which formats show in places of their own.
        below = (*notes(facts)[2:], *filter(None, [left(facts)]))
        table = Table(tuple(columns(facts)), cells(facts), facts["caption"], below)
        rows = tuple(_interval(arm, facts["scale"]) for arm in facts["arms"] if arm["comparison"])
        if not rows:
            return [table]
        chart = IntervalChart(rows, f"difference, {difference_unit(facts)}", margin=facts["margin"])
        caption = f"Bar: 95 % interval. Diamond: mean. Dots: single seeds. {facts['caption']}."
        return [table, Figure("forest", self.title, chart, caption)]


def _interval(arm: dict[str, Any], scale: int) -> Interval:
    found = arm["comparison"]
    low, high = (scaled(found[end], scale) for end in ("low", "high"))
    dots = tuple(one * scale for one in found["differences"] if one is not None)
    return Interval(arm["name"], scaled(found["difference"], scale), low, high, dots, verdict(arm))
