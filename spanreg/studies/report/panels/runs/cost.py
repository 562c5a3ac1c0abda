"""Differences against training time and number of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, scaled
from spanreg.studies.report.charts import Point, PointChart
from spanreg.studies.report.facts import verdict
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.tables import difference_unit

_COSTS = {"seconds_ratio": ("time", "training time"), "parameters_ratio": ("weights", "number of weights")}
"Fields of an arm, with the name of the figure and the title of its axis."


@Panel.register("cost")
class CostPanel(Panel):
    """Difference of each arm against its training time and number of weights; registered as ``cost``.

    ``CostPanel().blocks(facts)``
    """

    title = "Cost"
    place = 500
    formats = ("html",)
    template = "cost"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        return [
            Figure(
                name,
                f"Difference against {title}",
                PointChart(
                    points, f"{title}, times the baseline's", f"difference, {difference_unit(facts)}", (1.0, 0.0)
                ),
                f"Up and to the left is better. {facts['caption']}.",
            )
            for field, (name, title) in _COSTS.items()
            if (points := tuple(_points(facts, field)))
        ]


def _points(facts: dict[str, Any], field: str) -> list[Point]:
    scale, made = facts["scale"], []
    for arm in facts["arms"]:
        found = arm["comparison"]
        if found and found["difference"] is not None and arm[field] is not None:
            low, high = (scaled(found[end], scale) for end in ("low", "high"))
            made.append(Point(arm["name"], arm[field], found["difference"] * scale, low, high, verdict(arm)))
    return made
