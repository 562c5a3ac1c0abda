"""Settings compared over several tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure
from spanreg.studies.report.charts import RankChart
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.section_tables import over_tasks_tables


@Panel.register("over_tasks")
class OverTasksPanel(Panel):
    """Average ranks over the tasks with a critical-difference diagram; registered as ``over_tasks``.

    ``OverTasksPanel().blocks(facts)``
    """

    title = "Over tasks"
    place = 200

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found = facts["over_tasks"]
        if not found:
            return []
        ranks = found["ranks"]
        # In the order of the study; the diagram sorts by rank.
        chart = RankChart(
            tuple(one["name"] for one in found["settings"]),
            tuple(ranks["average_ranks"]),
            tuple(map(tuple, ranks["groups"])),
            ranks["critical_difference"],
        )
        caption = (
            "Average rank over the tasks, 1 is best. A bar joins settings whose ranks do not differ significantly "
            "(Nemenyi)."
        )
        return [Figure("ranks", "Critical-difference diagram", chart, caption), *over_tasks_tables(facts)]
