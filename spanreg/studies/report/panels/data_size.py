"""Scores over the size of the training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Cell, Figure, Table
from spanreg.studies.report.charts import Line, LineChart
from spanreg.studies.report.keyed_cells import KeyedCells, text_cell
from spanreg.studies.report.panels.base import Panel


@Panel.register("data_size")
class DataSizePanel(Panel):
    """Score by the number of training examples, for a study with an axis of it; registered as ``data_size``.

    ``DataSizePanel().blocks(facts)``
    """

    title = "Size of the training set"
    place = 240

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found, scale = facts["size_curves"], facts["scale"]
        if not found:
            return []
        rows = tuple(_row(curve, point, scale) for curve in found for point in curve["points"])
        unit = ", %" if scale == 100 else ""
        table = Table(("task", "arms", "examples", f"score{unit}", "seeds"), rows)
        return [table, *(_figure(task, facts, unit) for task in dict.fromkeys(curve["task"] for curve in found))]


def _figure(task: str, facts: dict[str, Any], unit: str) -> Figure:
    curves = [curve for curve in facts["size_curves"] if curve["task"] == task]
    lines = tuple(_line(curve, facts["scale"]) for curve in curves)
    chart = LineChart(lines, "training examples", f"{curves[0]['metric']}{unit}", logarithmic=True, dots=True)
    caption = "Mean over the seeds, with one standard deviation. The horizontal axis is logarithmic."
    return Figure(f"sizes-{task}", f"Score by training set size on {task}", chart, caption)


def _line(curve: dict[str, Any], scale: int) -> Line:
    points = [(float(point["examples"]), point["mean"] * scale) for point in curve["points"]]
    # With one seed the deviation is not known, and the interval has no width.
    deviations = [(point["deviation"] or 0.0) * scale for point in curve["points"]]
    spread = [(mean - wide, mean + wide) for (_, mean), wide in zip(points, deviations, strict=True)]
    return Line(curve["label"] or "all arms", tuple(points), spread=tuple(spread))


def _row(curve: dict[str, Any], point: dict[str, Any], scale: int) -> tuple[Cell, ...]:
    cells = KeyedCells(point["arm"], curve["task"], curve["metric"], scale)
    return (
        text_cell(curve["task"]),
        text_cell(curve["label"] or "all"),
        cells.number("training_examples", point["examples"], ","),
        cells.score("mean", point["mean"]) + cells.score("deviation", point["deviation"], before=" ± "),
        cells.number("seeds", point["seeds"], "d"),
    )
