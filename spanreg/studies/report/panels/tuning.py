"""Arms that were tuned with the same budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Figure, scaled, text_table
from spanreg.studies.report.charts import Interval, IntervalChart, Line, LineChart
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.tables import columns, difference_unit

_COLUMNS = ("arm", "trials", "untuned", "tuned", "untuned difference", "tuned difference", "best setting")


@Panel.register("tuning")
class TuningPanel(Panel):
    """Untuned beside tuned differences, and the expected best score after each trial; registered as ``tuning``.

    ``TuningPanel().blocks(facts)``
    """

    title = "Tuning"
    place = 230

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found = facts["tuning"]
        if not found:
            return []
        notes = [
            f"Every arm was searched with {found[0]['budget']} trials. Differences are arm minus baseline, both "
            "untuned or both tuned; the tuned arms were run again under the study's seeds."
        ]
        if edges := [f"'{one['arm']}' ({', '.join(one['at_edge'])})" for one in found if one["at_edge"]]:
            notes.append(f"The best value is at an end of its range: {', '.join(edges)}.")
        table = text_table(_COLUMNS, [_row(one, facts["scale"]) for one in found], notes=tuple(notes))
        return [table, *_figures(found, facts)]


def _row(one: dict[str, Any], scale: int) -> list[str]:
    means = [scaled(one[key], scale) for key in ("mean", "tuned_mean")]
    states = ", ".join(f"{count} {state}" for state, count in one["states"].items())
    setting = ", ".join(f"{key}: {value}" for key, value in one["setting"].items())
    return [
        one["arm"],
        states,
        *("" if mean is None else f"{mean:.2f}" for mean in means),
        _difference(one["difference"], one["interval"], scale),
        _difference(one["tuned_difference"], one["tuned_interval"], scale),
        setting,
    ]


def _difference(value: float | None, ends: Sequence[float | None], scale: int) -> str:
    if value is None:
        return ""
    low, high = (scaled(end, scale) for end in ends)
    span = "" if low is None or high is None else f" ({low:+.2f} to {high:+.2f})"
    return f"{value * scale:+.2f}{span}"


def _figures(found: Sequence[dict[str, Any]], facts: dict[str, Any]) -> Iterator[Figure]:
    rows = tuple(row for one in found for row in _intervals(one, facts["scale"]))
    if rows:
        chart = IntervalChart(rows, f"difference, {difference_unit(facts)}", margin=facts["margin"])
        yield Figure("differences", "Untuned beside tuned", chart, "95 % intervals.")
    lines = tuple(
        Line(one["arm"], tuple((float(k), best * facts["scale"]) for k, best in enumerate(one["best_after"], 1)))
        for one in found
        if one["best_after"]
    )
    if lines:
        curves = LineChart(lines, "trials", f"expected best {columns(facts)[1]}", dots=True)
        caption = (
            "Expected best of k of the finished trials (Dodge et al., 2019), on the examples that the search scored."
        )
        yield Figure("best-after", "Best after k trials", curves, caption)


def _intervals(one: dict[str, Any], scale: int) -> Iterator[Interval]:
    for name, value, ends in (
        ("untuned", one["difference"], one["interval"]),
        ("tuned", one["tuned_difference"], one["tuned_interval"]),
    ):
        if value is not None:
            low, high = (scaled(end, scale) for end in ends)
            yield Interval(name, value * scale, low, high, group=one["arm"])
