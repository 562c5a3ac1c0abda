"""Combinations of two axes as a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, places
from spanreg.studies.report.charts import MatrixChart
from spanreg.studies.report.panels.base import Panel

Cells = dict[tuple[str, str], list[dict[str, Any]]]


@Panel.register("combinations")
class CombinationsPanel(Panel):
    """Differences of the combinations of two axes as a matrix; registered as ``combinations``.

    ``CombinationsPanel().blocks(facts)``
    """

    title = "Combinations"
    place = 300
    formats = ("html",)
    template = "combinations"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        arms = [arm for arm in facts["arms"] if len(arm["choice"] or {}) > 1]
        axes = list(dict.fromkeys(axis for arm in facts["arms"] for axis in arm["choice"] or {}))
        if len(axes) < 2 or not arms:
            return []
        # Tasks and other data are the columns, as in most tables of papers.
        column = next((axis for axis in axes if axis.startswith("data")), axes[1])
        row = next(axis for axis in axes if axis != column)
        chart = _matrix(arms, row, column, facts)
        return [Figure("matrix", f"{row} by {column}", chart, f"Difference from the baseline. {facts['caption']}.")]


def _matrix(arms: Sequence[dict[str, Any]], row: str, column: str, facts: dict[str, Any]) -> MatrixChart:
    """Return the matrix of two axes; a cell has all arms that share its two choices."""
    found: Cells = {}
    for arm in arms:
        if row in arm["choice"] and column in arm["choice"]:
            found.setdefault((arm["choice"][row], arm["choice"][column]), []).append(arm)
    rows, columns = (list(dict.fromkeys(key[place] for key in found)) for place in (0, 1))
    cells = [[found.get((one, other), []) for other in columns] for one in rows]
    return MatrixChart(
        tuple(rows),
        tuple(columns),
        tuple(tuple(_value(cell, facts["scale"]) for cell in line) for line in cells),
        tuple(tuple(_text(cell, facts["scale"]) for cell in line) for line in cells),
        greater_is_better=facts["greater_is_better"],
    )


def _value(cell: Sequence[dict[str, Any]], scale: int) -> float | None:
    """Return the mean difference of the arms of a cell, 0 for a baseline; None if none of them is compared."""
    known = [
        arm["comparison"]["difference"] if arm["comparison"] else 0.0
        for arm in cell
        if (arm["comparison"] and arm["comparison"]["difference"] is not None) or (arm["is_baseline"] and arm["scores"])
    ]
    return fmean(known) * scale if known else None


def _text(cell: Sequence[dict[str, Any]], scale: int) -> str:
    value = _value(cell, scale)
    if value is None:
        return ""
    # The mean over several arms was not tested.
    star = len(cell) == 1 and cell[0]["comparison"] and cell[0]["comparison"]["significant"]
    return f"{value:+.{places(scale)}f}{'*' if star else ''}"
