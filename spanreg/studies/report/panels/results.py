"""The table of arms, with their differences from the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, Table, scaled
from spanreg.studies.report.charts import Interval, IntervalChart
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.tables import arm_rows, columns, difference_unit, left, notes
from spanreg.studies.report.verdicts import arm_verdict


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
        below = (*notes(facts)[2:], *facts["warnings"], *filter(None, [left(facts)]))
        table = Table(tuple(columns(facts)), arm_rows(facts), facts["caption"], below)
        rows = tuple(_interval(arm, facts) for arm in facts["arms"] if arm["comparison"])
        if not rows:
            return [table]
        chart = IntervalChart(rows, f"difference, {difference_unit(facts)}", margin=facts["margin"])
        caption = f"Bar: 95 % interval. Diamond: mean. Dots: single seeds. {facts['caption']}."
        return [table, Figure("forest", self.title, chart, caption)]


def _interval(arm: dict[str, Any], facts: dict[str, Any]) -> Interval:
    found, scale = arm["comparison"], facts["scale"]
    value, low, high = (scaled(found[key], scale) for key in ("difference", "low", "high"))
    dots = tuple(one * scale for one in found["differences"] if one is not None)
    # With several tasks, a task heads the rows of its arms, which then have the names of their settings.
    name, group = (arm["setting"] or arm["name"], arm["task"]) if facts["several_tasks"] else (arm["name"], "")
    return Interval(name, value, low, high, dots, arm_verdict(arm), group)
