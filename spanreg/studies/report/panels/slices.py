"""Differences on subsets of the examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, scaled
from spanreg.studies.report.charts import Interval, IntervalChart
from spanreg.studies.report.keyed_cells import is_greater_better
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.section_tables import slices_tables
from spanreg.studies.report.tables import difference_unit
from spanreg.studies.report.verdicts import mark_verdict


@Panel.register("slices")
class SlicesPanel(Panel):
    """Difference of every arm on subsets of the examples, for a study with ``slices``; registered as ``slices``.

    ``SlicesPanel().blocks(facts)``
    """

    title = "Slices"
    place = 220

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        return [*slices_tables(facts), *_figures(facts)]


def _figures(facts: dict[str, Any]) -> Iterator[Figure]:
    for place, family in enumerate(facts["slices"], 1):
        better = is_greater_better(family["task"], facts)
        rows = tuple(
            _interval(part, one, facts["scale"], better) for part in family["slices"] for one in part["differences"]
        )
        if rows:
            title = f"Slices by {family['spec']} on {family['task']}"
            chart = IntervalChart(rows, f"difference, {difference_unit(facts)}")
            yield Figure(f"slices-{place}", title, chart, "95 % intervals on each subset, which are not corrected.")


def _interval(part: dict[str, Any], one: dict[str, Any], scale: int, greater_is_better: bool) -> Interval:
    value, low, high = (scaled(one[key], scale) for key in ("difference", "low", "high"))
    name = f"{one['arm']} ({part['examples']:,} examples)"
    found = mark_verdict(one["difference"], significant=one["significant"], greater_is_better=greater_is_better)
    return Interval(name, value, low, high, verdict=found, group=part["name"])
