"""Training loss and score by step."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from spanreg.studies.report.blocks import Block, Figure
from spanreg.studies.report.charts import Line, LineChart
from spanreg.studies.report.panels.base import Panel


@Panel.register("learning_curves")
class LearningCurvesPanel(Panel):
    """Training loss and score of every arm by step, as means over the seeds; registered as ``learning_curves``.

    ``LearningCurvesPanel().blocks(facts)``
    """

    title = "Learning curves"
    place = 510
    formats = ("html",)
    template = "learning_curves"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        unit = f"{facts['metric']}, %" if facts["scale"] == 100 else facts["metric"]
        kinds = (
            ("loss", "loss", 1, "training loss"),
            ("evaluations", "score", facts["scale"], f"{unit} on {facts['split']}"),
        )
        made = []
        for name, field, scale, title in kinds:
            lines = [_line(arm, name, field, scale, facts["baseline"]) for arm in facts["arms"]]
            # A single point is not a curve, and the table shows it.
            if any(len(line.points) > 1 for line in lines):
                chart = LineChart(tuple(line for line in lines if line.points), "step", title)
                made.append(Figure(field, f"{title} by step", chart, "Means over the seeds."))
        return made


def _line(arm: dict[str, Any], name: str, field: str, scale: int, baseline: str) -> Line:
    """Return the mean curve of an arm over its seeds; ``name`` and ``field`` choose the loss or the score."""
    by_step: dict[int, list[float]] = {}
    for curve in arm["curves"]:
        for point in curve[name]:
            if point[field] is not None:
                by_step.setdefault(point["step"], []).append(point[field] * scale)
    # Seeds may have different steps, where a run stopped early; each point is the mean over the seeds that have it.
    points = tuple((float(step), fmean(values)) for step, values in sorted(by_step.items()))
    return Line(arm["name"], points, "baseline" if arm["name"] == baseline else "plain")
