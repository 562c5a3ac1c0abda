"""Differences against training time, memory and number of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Cell, Figure, Table, scaled
from spanreg.studies.report.charts import Point, PointChart
from spanreg.studies.report.keyed_cells import cells_of_arm, text_cell
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.tables import difference_unit
from spanreg.studies.report.verdicts import arm_verdict

_COSTS = {
    "seconds_ratio": ("time", "training time"),
    "memory_ratio": ("memory", "peak memory"),
    "parameters_ratio": ("weights", "number of weights"),
}
"Fields of an arm, with the name of the figure and the title of its axis."

_NOTE = "Time, memory and weights are multiples of the baseline's."
_MEMORY_NOTE = "Peak memory is that of the whole process on the CPU, and what torch allocates on a GPU."


@Panel.register("cost")
class CostPanel(Panel):
    """Difference of each arm against its training time, memory and number of weights; registered as ``cost``.

    ``CostPanel().blocks(facts)``
    """

    title = "Cost"
    place = 500
    formats = ("html",)
    template = "cost"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        arms = [arm for arm in facts["arms"] if arm["scores"]]
        # Runs of earlier versions did not record their memory.
        with_memory = any(arm["memory_gb"] is not None for arm in arms)
        memory = ("peak memory, GB", "memory") if with_memory else ()
        columns = ("arm", "difference", "seconds of training", "time", *memory, "parameters", "weights")
        rows = tuple(_row(arm, facts, with_memory=with_memory) for arm in arms)
        table = Table(columns, rows, notes=(_NOTE, *([_MEMORY_NOTE] if with_memory else [])), folded=True)
        figures = [
            Figure(
                name,
                f"Difference against {title}",
                PointChart(
                    points, f"{title}, times the baseline's", f"difference, {difference_unit(facts)}", (1.0, 0.0)
                ),
                f"{'Up' if facts['greater_is_better'] else 'Down'} and to the left is better. {facts['caption']}.",
            )
            for field, (name, title) in _COSTS.items()
            if (points := tuple(_points(facts, field)))
        ]
        return [*figures, table] if figures else []


def _row(arm: dict[str, Any], facts: dict[str, Any], *, with_memory: bool) -> tuple[Cell, ...]:
    cells, found = cells_of_arm(arm, facts), arm["comparison"]
    memory = (
        cells.number("memory_gb", arm["memory_gb"], ".2f"),
        cells.number("memory_ratio", arm["memory_ratio"], ".2f", after="x"),
    )
    return (
        text_cell(arm["name"]),
        cells.difference("difference", found["difference"] if found else None),
        cells.number("seconds", arm["seconds"], ",.1f"),
        cells.number("seconds_ratio", arm["seconds_ratio"], ".2f", after="x"),
        *(memory if with_memory else ()),
        cells.number("parameters", arm["parameters"], ","),
        cells.number("parameters_ratio", arm["parameters_ratio"], ".2f", after="x"),
    )


def _points(facts: dict[str, Any], field: str) -> list[Point]:
    """Return the compared arms by a cost, a field of the arm, and their difference."""
    scale, made = facts["scale"], []
    for arm in facts["arms"]:
        found = arm["comparison"]
        if found and found["difference"] is not None and arm[field] is not None:
            low, high = (scaled(found[end], scale) for end in ("low", "high"))
            made.append(Point(arm["name"], arm[field], found["difference"] * scale, low, high, arm_verdict(arm)))
    return made
