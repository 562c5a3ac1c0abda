"""Further tables of a report, as texts; their panels show them in every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spanreg.studies.report.verdicts import spell_p

FEW_TASKS = 5
"Least number of tasks without a warning of low power."


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A table with a title and notes.

    ``for section in pairs_tables(facts): print(section.title)``
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def signed(value: float | None, facts: dict[str, Any]) -> str:
    """Return a difference in the unit of the report, with its sign; empty if there is none."""
    return "" if value is None else f"{value * facts['scale'] + 0.0:+.2f}"


def signed_interval(low: float | None, high: float | None, facts: dict[str, Any]) -> str:
    """Return an interval in the unit of the report; empty if there is none."""
    return "" if low is None or high is None else f"{signed(low, facts)} to {signed(high, facts)}"


def over_tasks_tables(facts: dict[str, Any]) -> Iterator[ReportSection]:
    """Yield the table of settings over tasks, if the study has several."""
    found = facts["over_tasks"]
    if not found:
        return
    ranks, scale = found["ranks"], facts["scale"]
    rows = [
        [
            one["name"],
            f"{one['average_rank']:.2f}",
            *(f"{mean * scale:.2f}" for mean in one["means"]),
            _aggregate(one["interquartile_mean"], scale),
            _aggregate(one["improvement"], 1),
        ]
        for one in sorted(found["settings"], key=lambda one: one["average_rank"])
    ]
    head = ["setting", "average rank", *found["tasks"], "interquartile mean", "P(better)"]
    yield ReportSection("Over tasks", head, rows, _notes_over_tasks(found, ranks))


def _notes_over_tasks(found: dict[str, Any], ranks: dict[str, Any]) -> list[str]:
    names = [one["name"] for one in found["settings"]]
    count = len(found["tasks"])
    notes = [
        f"Friedman's test of equal ranks over {count} tasks: chi-square {ranks['chi_square']:.2f}, p "
        f"{spell_p(ranks['p'])}. Two average ranks differ significantly if they are more than "
        f"{ranks['critical_difference']:.2f} apart (Nemenyi)."
    ]
    if ranks["groups"]:
        groups = "; ".join(", ".join(names[place] for place in group) for group in ranks["groups"])
        notes.append(f"Without a significant difference: {groups}.")
    if count < FEW_TASKS:
        notes.append(f"Fewer than {FEW_TASKS} tasks: these tests miss all but the clearest differences.")
    if found["baseline"]:
        notes.append(
            f"P(better): the probability that a run is better than one of '{found['baseline']}' on the same task; "
            "intervals are 95 % by the stratified bootstrap over the seeds."
        )
    if found["left_out"]:
        notes.append(f"Not finished on every task: {', '.join(found['left_out'])}.")
    return notes


def _aggregate(found: dict[str, float] | None, scale: int) -> str:
    if found is None:
        return ""
    return f"{found['value'] * scale:.2f} ({found['low'] * scale:.2f} to {found['high'] * scale:.2f})"


def pairs_tables(facts: dict[str, Any]) -> Iterator[ReportSection]:
    """Yield a table of all pairs for each task."""
    for matrix in facts["pairs"]:
        names = matrix["arms"]
        pairs = {(pair["first"], pair["second"]): pair for pair in matrix["pairs"]}
        rows = [[row, *(_pair_cell(pairs, row, column, facts) for column in names)] for row in names]
        where = f": {matrix['task']}" if len(facts["pairs"]) > 1 else ""
        notes = (
            "Row minus column; in brackets p after Holm's correction over all pairs. * p < 0.05.",
            "Arms that share a letter do not differ significantly: "
            + ", ".join(f"{name} ({letters})" for name, letters in matrix["letters"].items())
            + "."
            if any(pair["p_adjusted"] is not None for pair in matrix["pairs"])
            else "No pair can be tested.",
        )
        yield ReportSection(f"All pairs{where}", ["", *names], rows, notes)


def _pair_cell(pairs: dict[tuple[str, str], Any], row: str, column: str, facts: dict[str, Any]) -> str:
    pair = pairs.get((row, column)) or pairs.get((column, row))
    if pair is None or pair["difference"] is None:
        return ""
    difference = pair["difference"] if pair["first"] == row else -pair["difference"]
    star = "*" if pair["significant"] else ""
    p = spell_p(pair["p_adjusted"])
    return f"{signed(difference, facts)}{star}{f' ({p})' if p else ''}"


def slices_tables(facts: dict[str, Any]) -> Iterator[ReportSection]:
    """Yield a table of each entry of ``slices`` on each task."""
    several = len({family["task"] for family in facts["slices"]}) > 1
    for family in facts["slices"]:
        title = f"Slices by {family['spec']}" + (f": {family['task']}" if several else "")
        notes = [family["about"].capitalize() + "."] if family["about"] else []
        if family["problem"]:
            yield ReportSection(title, ["slice"], [], [*notes, f"Not computed: {family['problem']}."])
            continue
        rows = [
            [part["name"], str(part["examples"]), one["arm"], *_slice_cells(one, facts)]
            for part in family["slices"]
            for one in part["differences"]
        ]
        head = ["slice", "examples", "arm", "score", "difference", "95 % interval", "p"]
        notes.append("p after Holm's correction over this table. * p < 0.05.")
        yield ReportSection(title, head, rows, notes)


def _slice_cells(one: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    difference = signed(one["difference"], facts) + ("*" if one["significant"] else "")
    score = f"{one['score'] * facts['scale']:.2f}"
    return [score, difference, signed_interval(one["low"], one["high"], facts), spell_p(one["p_adjusted"])]


def factorial_tables(facts: dict[str, Any]) -> Iterator[ReportSection]:
    """Yield a table of main effects and interactions of the axes on each task."""
    for task in dict.fromkeys(one["task"] for one in facts["factorial"]):
        rows = [
            [
                effect_name(one),
                signed(one["estimate"], facts) + ("*" if one["significant"] else ""),
                signed_interval(one["low"], one["high"], facts),
                spell_p(one["p_adjusted"]),
            ]
            for one in facts["factorial"]
            if one["task"] == task
        ]
        levels = {axis: level for one in facts["factorial"] for axis, level in one["reference"].items()}
        notes = (
            f"Against {', '.join(f'{axis}={level}' for axis, level in levels.items())}. The effect of one axis is its "
            "difference where all others have these levels; that of several is what their combination has beyond the "
            "sum of its parts.",
            "p after Holm's correction over the effects of one axis, and over those of several. * p < 0.05.",
        )
        yield ReportSection(
            f"Effects of the axes on {task}", ["effect", "difference", "95 % interval", "p"], rows, notes
        )


def effect_name(effect: dict[str, Any]) -> str:
    """Return the name of a main effect or an interaction: ``aggregator=none x segmenter=random``."""
    return " x ".join(f"{axis}={level}" for axis, level in effect["levels"].items())
