"""Differences before and after every arm was tuned with the same budget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from spanreg.studies.report.blocks import Block, Cell, Figure, Table, scaled
from spanreg.studies.report.charts import Interval, IntervalChart, Line, LineChart
from spanreg.studies.report.keyed_cells import KeyedCells, arms_by_name, cells_of_arm, text_cell
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.tables import columns, difference_unit

_COLUMNS = ("arm", "trials", "untuned", "tuned", "untuned difference", "tuned difference", "best setting")

_BEST_AFTER = "Best after k trials"
_EXPECTED_BEST = (
    "Expected best of k of the finished trials (Dodge et al., 2019), on the examples that the search scored."
)
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"Numbers of trials in the table of the curves."


@Panel.register("tuning")
class TuningPanel(Panel):
    """Differences before and after tuning, and the expected best score after each trial; registered as ``tuning``.

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
            notes.append(
                f"The best value is at an end of its range, so a better one may be outside: {', '.join(edges)}."
            )
        table = Table(_COLUMNS, tuple(_row(one, facts) for one in found), notes=tuple(notes))
        return [table, *_figures(found, facts), *_best_after(found, facts)]


def _row(one: dict[str, Any], facts: dict[str, Any]) -> tuple[Cell, ...]:
    arm = arms_by_name(facts)[one["arm"]]
    search, untuned = cells_of_arm(arm, facts, "tuning."), cells_of_arm(arm, facts)
    # The tuned arm may have no run yet, so that it has no facts to take task and metric from.
    tuned = KeyedCells(one["tuned"], arm["task"], arm["metric"], facts["scale"])
    return (
        text_cell(one["arm"]),
        _joined(search.number(state, count, "d", after=f" {state}") for state, count in one["states"].items()),
        untuned.score("mean", one["mean"]),
        tuned.score("mean", one["tuned_mean"]),
        _difference(untuned, one["difference"], one["interval"]),
        _difference(tuned, one["tuned_difference"], one["tuned_interval"]),
        _joined(_chosen(search, key, value) for key, value in one["setting"].items()),
    )


def _difference(cells: KeyedCells, value: float | None, ends: Sequence[float | None]) -> Cell:
    low, high = ends
    span = () if value is None or low is None or high is None else (" (", *cells.interval(low, high), ")")
    return cells.difference("difference", value) + span


def _chosen(cells: KeyedCells, key: str, value: Any) -> Cell:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text_cell(f"{key}: {value}")
    return cells.number(f"setting.{key}", value, "", before=f"{key}: ")


def _joined(cells: Iterable[Cell]) -> Cell:
    """Return cells as one, with commas between them."""
    # Not ``str.join``: cells have numbers with keys, which must stay separate pieces.
    parts = [(", ", *cell) for cell in cells]
    return tuple(chain.from_iterable(parts))[1:]


def _best_after(found: Sequence[dict[str, Any]], facts: dict[str, Any]) -> Iterator[Table]:
    """Yield a table of the curves: a row for 1, 2, 5, 10, ... trials and the last one."""
    searched = [one for one in found if one["best_after"]]
    if not searched:
        return
    longest = max(len(one["best_after"]) for one in searched)
    # The curve is steep at first and flat later, so few rows show it.
    steps = sorted({step for step in (*_STEPS, longest) if step <= longest})
    arms = arms_by_name(facts)
    makers = [cells_of_arm(arms[one["arm"]], facts, "tuning.best_after.") for one in searched]
    rows = tuple(
        (
            text_cell(str(step)),
            *(
                cells.score(str(step), one["best_after"][step - 1] if step <= len(one["best_after"]) else None)
                for cells, one in zip(makers, searched, strict=True)
            ),
        )
        for step in steps
    )
    yield Table(("trials", *(one["arm"] for one in searched)), rows, _BEST_AFTER, (_EXPECTED_BEST,), folded=True)


def _figures(found: Sequence[dict[str, Any]], facts: dict[str, Any]) -> Iterator[Figure]:
    rows = tuple(row for one in found for row in _intervals(one, facts["scale"]))
    if rows:
        chart = IntervalChart(rows, f"difference, {difference_unit(facts)}", margin=facts["margin"])
        yield Figure("differences", "Untuned and tuned differences", chart, "95 % intervals.")
    lines = tuple(
        Line(one["arm"], tuple((float(k), best * facts["scale"]) for k, best in enumerate(one["best_after"], 1)))
        for one in found
        if one["best_after"]
    )
    if lines:
        curves = LineChart(lines, "trials", f"expected best {columns(facts)[1]}", dots=True)
        yield Figure("best-after", _BEST_AFTER, curves, _EXPECTED_BEST)


def _intervals(one: dict[str, Any], scale: int) -> Iterator[Interval]:
    for name, value, ends in (
        ("untuned", one["difference"], one["interval"]),
        ("tuned", one["tuned_difference"], one["tuned_interval"]),
    ):
        if value is not None:
            low, high = (scaled(end, scale) for end in ends)
            yield Interval(name, value * scale, low, high, group=one["arm"])
