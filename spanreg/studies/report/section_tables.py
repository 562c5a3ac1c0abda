"""Build the tables of the sections on tasks, pairs, slices and effects, which every format shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS
from spanreg.studies.report.blocks import Cell, Table, places, scaled
from spanreg.studies.report.keyed_cells import KeyedCells, arms_by_name, cells_of_arm, compared_figure, text_cell

FEW_TASKS: Final = 5
"Least number of tasks without a warning of low power."
# Nemenyi's critical difference of three settings is 2.3 ranks on two tasks, more than the largest difference of 2, and
# 1.5 on five.

MOST_NAMED: Final = 6
"Largest number of pairs without a test that are listed."

ALL_TASKS: Final = "all tasks"
"Task in the keys of numbers that belong to all tasks together."


def over_tasks_tables(facts: dict[str, Any]) -> Iterator[Table]:
    """Yield the table of settings over tasks, and that of the tests of their ranks, if the study has several."""
    found = facts["over_tasks"]
    if not found:
        return
    ordered = sorted(found["settings"], key=lambda one: one["average_rank"])  # the best one first, as in the diagram
    head = ("setting", "average rank", *found["tasks"], "interquartile mean", "P(better)")
    yield Table(head, tuple(_setting_row(one, facts) for one in ordered), notes=tuple(_notes_over_tasks(found)))
    yield _rank_tests(found, facts)


def _setting_row(one: dict[str, Any], facts: dict[str, Any]) -> tuple[Cell, ...]:
    arms, own = arms_by_name(facts), KeyedCells(one["name"], ALL_TASKS, facts["metric"], prefix="over_tasks.")
    pairs = zip(one["arms"], one["means"], strict=True)
    means = [cells_of_arm(arms[name], facts).score("mean", mean) for name, mean in pairs]
    return (
        text_cell(one["name"]),
        own.number("average_rank", one["average_rank"], ".2f"),
        *means,
        _aggregate(one["interquartile_mean"], "interquartile_mean", own, facts["scale"]),
        _aggregate(one["improvement"], "improvement", own, 1),
    )


def _aggregate(found: dict[str, float] | None, field: str, cells: KeyedCells, scale: float) -> Cell:
    if found is None:
        return ()
    value, low, high = (scaled(found[key], scale) for key in ("value", "low", "high"))
    form = f".{places(scale) if field == 'interquartile_mean' else 2}f"
    ends = cells.number(f"{field}.low", low, form, " (") + cells.number(f"{field}.high", high, form, " to ", ")")
    return cells.number(field, value, form) + ends


def _rank_tests(found: dict[str, Any], facts: dict[str, Any]) -> Table:
    # The tests are about all settings together, so their keys name no arm.
    ranks, own = found["ranks"], KeyedCells("", ALL_TASKS, facts["metric"], prefix="over_tasks.")
    rows = (
        (
            text_cell("Friedman, chi-square"),
            own.number("chi_square", ranks["chi_square"], ".2f"),
            own.p("p", ranks["p"]),
        ),
        (
            text_cell("Nemenyi, critical difference"),
            own.number("critical_difference", ranks["critical_difference"], ".2f"),
            (),
        ),
    )
    return Table(("test", "value", "p"), rows, f"Tests of equal ranks over {len(found['tasks'])} tasks")


def _notes_over_tasks(found: dict[str, Any]) -> list[str]:
    names = [one["name"] for one in found["settings"]]
    notes = ["Two average ranks differ significantly if they are more than the critical difference apart (Nemenyi)."]
    if found["ranks"]["groups"]:
        groups = "; ".join(", ".join(names[place] for place in group) for group in found["ranks"]["groups"])
        notes.append(f"No significant difference within each of these groups: {groups}.")
    if len(found["tasks"]) < FEW_TASKS:
        notes.append(f"With fewer than {FEW_TASKS} tasks, these tests miss all but the clearest differences.")
    if found["baseline"]:
        better = f"P(better): the probability that a run is better than one of '{found['baseline']}' on the same task"
        known = [one["improvement"] for one in found["settings"] if one["improvement"]]
        notes.append(
            f"{better}; without intervals, since a task has fewer than {FEWEST_SEEDS} seeds."
            if any(one["low"] is None for one in known)
            else f"{better}; intervals are 95 % by the stratified bootstrap over the seeds."
        )
    if found["left_out"]:
        notes.append(f"Not finished on every task: {', '.join(found['left_out'])}.")
    return notes


def pairs_tables(facts: dict[str, Any]) -> Iterator[Table]:
    """Yield a table of all pairs for each task."""
    arms = arms_by_name(facts)
    for matrix in facts["pairs"]:
        names = matrix["arms"]
        pairs = {(pair["first"], pair["second"]): pair for pair in matrix["pairs"]}
        rows = tuple(
            (text_cell(row), *(_pair_cell(pairs, arms[row], column, facts) for column in names)) for row in names
        )
        where = f": {matrix['task']}" if len(facts["pairs"]) > 1 else ""
        notes = (
            "Row minus column; in brackets, p after Holm's correction over all pairs. * p < 0.05.",
            "Arms that share a letter do not differ significantly: "
            + ", ".join(f"{name} ({letters})" for name, letters in matrix["letters"].items())
            + "."
            if any(pair["p_adjusted"] is not None for pair in matrix["pairs"])
            else "No pair can be tested.",
            *_untested_pairs(matrix["pairs"]),
        )
        yield Table(("", *names), rows, f"All pairs{where}", notes, folded=True)


def _untested_pairs(pairs: list[dict[str, Any]]) -> list[str]:
    """Return a note on pairs without a test, which share letters although their difference is not known."""
    untested = [f"{pair['first']} and {pair['second']}" for pair in pairs if pair["p_adjusted"] is None]
    if not untested or len(untested) == len(pairs):
        return []
    more = f" and {len(untested) - MOST_NAMED} more pairs" if len(untested) > MOST_NAMED else ""
    return [f"Not tested, so a shared letter means nothing: {'; '.join(untested[:MOST_NAMED])}{more}."]


def _pair_cell(pairs: dict[tuple[str, str], Any], row: dict[str, Any], column: str, facts: dict[str, Any]) -> Cell:
    name = row["name"]
    pair = pairs.get((name, column)) or pairs.get((column, name))
    if pair is None or pair["difference"] is None:
        return ()
    own = cells_of_arm(row, facts, f"minus {column}.")
    # Each pair is tested once, as first minus second; the other half of the matrix has the opposite sign.
    difference = pair["difference"] if pair["first"] == name else -pair["difference"]
    star = "*" if pair["significant"] else ""
    return own.difference("difference", difference, after=star) + own.p("p_adjusted", pair["p_adjusted"], " (", ")")


def slices_tables(facts: dict[str, Any]) -> Iterator[Table]:
    """Yield a table of each entry of ``slices`` on each task."""
    several = len({family["task"] for family in facts["slices"]}) > 1
    arms = arms_by_name(facts)
    for family in facts["slices"]:
        title = f"Slices by {family['spec']}" + (f": {family['task']}" if several else "")
        notes = [family["about"].capitalize() + "."] if family["about"] else []
        # An empty table with the reason: a missing one would look as if the study had no such entry.
        if family["problem"]:
            yield Table(("slice",), (), title, (*notes, f"Not computed: {family['problem']}."))
            continue
        if family["undefined"]:
            metric = compared_figure(family["task"], facts)
            notes.append(f"Left out, since {metric} is not defined for their labels: {', '.join(family['undefined'])}.")
        rows = tuple(
            _slice_row(part, one, cells_of_arm(arms[one["arm"]], facts, f"slices.{family['spec']}.{part['name']}."))
            for part in family["slices"]
            for one in part["differences"]
        )
        head = ("slice", "examples", "arm", "score", "difference", "95 % interval", "p")
        yield Table(head, rows, title, (*notes, "p after Holm's correction over this table. * p < 0.05."))


def _slice_row(part: dict[str, Any], one: dict[str, Any], cells: KeyedCells) -> tuple[Cell, ...]:
    return (
        text_cell(part["name"]),
        cells.number("examples", part["examples"], "d"),
        text_cell(one["arm"]),
        cells.score("score", one["score"]),
        cells.difference("difference", one["difference"], after="*" if one["significant"] else ""),
        cells.interval(one["low"], one["high"]),
        cells.p("p_adjusted", one["p_adjusted"]),
    )


def factorial_tables(facts: dict[str, Any]) -> Iterator[Table]:
    """Yield a table of main effects and interactions of the axes on each task."""
    for task in dict.fromkeys(one["task"] for one in facts["factorial"]):
        effects = [one for one in facts["factorial"] if one["task"] == task]
        levels = {axis: level for one in effects for axis, level in one["reference"].items()}
        notes = (
            f"Reference levels: {', '.join(f'{axis}={level}' for axis, level in levels.items())}. The effect of one "
            "axis is its difference where all others have their reference level. The effect of several is what their "
            "combination gains beyond the sum of its parts.",
            "p after Holm's correction over the effects of one axis, and over those of several. * p < 0.05.",
        )
        head = ("effect", "difference", "95 % interval", "p")
        rows = tuple(_effect_row(one, facts) for one in effects)
        yield Table(head, rows, f"Effects of the axes on {task}", notes)


def _effect_row(one: dict[str, Any], facts: dict[str, Any]) -> tuple[Cell, ...]:
    name = effect_name(one)
    cells = KeyedCells(name, one["task"], compared_figure(one["task"], facts), facts["scale"], "factorial.")
    return (
        text_cell(name),
        cells.difference("estimate", one["estimate"], after="*" if one["significant"] else ""),
        cells.interval(one["low"], one["high"]),
        cells.p("p_adjusted", one["p_adjusted"]),
    )


def effect_name(effect: dict[str, Any]) -> str:
    """Return the name of a main effect or an interaction: ``aggregator=none x segmenter=random``."""
    return " x ".join(f"{axis}={level}" for axis, level in effect["levels"].items())
