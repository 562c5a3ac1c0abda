"""Main effects and interactions of the axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, scaled
from spanreg.studies.report.charts import Interval, IntervalChart
from spanreg.studies.report.keyed_cells import is_greater_better
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.section_tables import effect_name, factorial_tables
from spanreg.studies.report.tables import difference_unit
from spanreg.studies.report.verdicts import mark_verdict


@Panel.register("factorial")
class FactorialPanel(Panel):
    """Main effects and interactions of the axes of a ``grid`` or of ``pairs``; registered as ``factorial``.

    ``FactorialPanel().blocks(facts)``
    """

    title = "Effects of the axes"
    place = 305

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        return [*factorial_tables(facts), *_figures(facts)]


def _figures(facts: dict[str, Any]) -> Iterator[Figure]:
    for place, task in enumerate(dict.fromkeys(one["task"] for one in facts["factorial"]), 1):
        rows = tuple(_interval(one, facts) for one in facts["factorial"] if one["task"] == task)
        chart = IntervalChart(rows, f"effect, {difference_unit(facts)}")
        yield Figure(f"effects-{place}", f"Effects of the axes on {task}", chart, "95 % intervals, not corrected.")


def _interval(one: dict[str, Any], facts: dict[str, Any]) -> Interval:
    value, low, high = (scaled(one[key], facts["scale"]) for key in ("estimate", "low", "high"))
    group = "one axis" if one["order"] == 1 else "interactions"
    better = is_greater_better(one["task"], facts)
    found = mark_verdict(one["estimate"], significant=one["significant"], greater_is_better=better)
    return Interval(effect_name(one), value, low, high, verdict=found, group=group)
