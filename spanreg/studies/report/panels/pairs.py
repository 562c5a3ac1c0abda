"""All pairs of arms as a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, places, scaled
from spanreg.studies.report.charts import MatrixChart
from spanreg.studies.report.keyed_cells import is_greater_better
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.section_tables import pairs_tables


@Panel.register("pairs")
class PairsPanel(Panel):
    """Differences of all pairs of arms, for a study with ``compare: 'all'``; registered as ``pairs``.

    ``PairsPanel().blocks(facts)``
    """

    title = "All pairs"
    place = 210

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        return [*_figures(facts), *pairs_tables(facts)]


def _figures(facts: dict[str, Any]) -> Iterator[Figure]:
    for place, matrix in enumerate(facts["pairs"], 1):
        names = tuple(matrix["arms"])
        # The title has the task, so that arms of several tasks are shown by the names of their settings.
        settings = {arm["name"]: arm["setting"] for arm in facts["arms"]}
        shown = tuple(settings[name] or name for name in names) if facts["several_tasks"] else names
        differences = {(pair["first"], pair["second"]): pair for pair in matrix["pairs"]}
        found = [[_difference(differences, row, column, facts["scale"]) for column in names] for row in names]
        chart = MatrixChart(
            shown,
            shown,
            tuple(tuple(value for value, _ in line) for line in found),
            tuple(tuple(text for _, text in line) for line in found),
            greater_is_better=is_greater_better(matrix["task"], facts),
        )
        yield Figure(f"matrix-{place}", f"All pairs on {matrix['task']}", chart, "Row minus column; * significant.")


def _difference(pairs: dict[tuple[str, str], Any], row: str, column: str, scale: int) -> tuple[float | None, str]:
    # Each pair is tested once, as first minus second; the other half of the matrix has the opposite sign.
    pair = pairs.get((row, column)) or pairs.get((column, row))
    value = scaled(pair["difference"], scale if pair["first"] == row else -scale) if pair else None
    # Adding 0 turns a negative zero into zero, which has no sign.
    value = None if value is None else value + 0.0
    return (
        value,
        "" if value is None or pair is None else f"{value:+.{places(abs(scale))}f}{'*' if pair['significant'] else ''}",
    )
