"""Further tables of a report, below that of the arms, as text in every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spanreg.studies.report.verdicts import spell_p
from spanreg.text.markup import markdown_text


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A table with a title and notes.

    ``for section in report_sections(facts): print(section.title)``
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def report_sections(facts: dict[str, Any]) -> list[ReportSection]:
    """Return the tables that a study has besides that of the arms."""
    return [*_pairs(facts), *_interactions(facts)]


def markdown_sections(facts: dict[str, Any]) -> str:
    """Return all tables in GitHub's Markdown; empty if there are none."""
    return "".join(_markdown(section) for section in report_sections(facts))


def _markdown(section: ReportSection) -> str:
    lines = [section.columns, ["---"] * len(section.columns), *section.rows]
    table = "\n".join("| " + " | ".join(map(markdown_text, line)) + " |" for line in lines)
    below = "".join(f"\n{markdown_text(note)}\n" for note in section.notes)
    return f"\n### {markdown_text(section.title)}\n\n{table}\n{below}"


def signed(value: float | None, facts: dict[str, Any]) -> str:
    """Return a difference in the unit of the report, with its sign; empty if there is none."""
    return "" if value is None else f"{value * facts['scale']:+.2f}"


def signed_interval(low: float | None, high: float | None, facts: dict[str, Any]) -> str:
    """Return an interval in the unit of the report; empty if there is none."""
    return "" if low is None or high is None else f"{signed(low, facts)} to {signed(high, facts)}"


def _pairs(facts: dict[str, Any]) -> Iterator[ReportSection]:
    for matrix in facts["pairs"]:
        names = matrix["arms"]
        pairs = {(pair["first"], pair["second"]): pair for pair in matrix["pairs"]}
        rows = [[row, *(_pair_cell(pairs, row, column, facts) for column in names)] for row in names]
        where = f": {matrix['task']}" if len(facts["pairs"]) > 1 else ""
        notes = (
            "Row minus column; in brackets p after Holm's correction over all pairs. * p < 0.05.",
            "Arms that share a letter do not differ significantly: "
            + ", ".join(f"{name} ({letters})" for name, letters in matrix["letters"].items())
            + ".",
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


def _interactions(facts: dict[str, Any]) -> Iterator[ReportSection]:
    if not facts["interactions"]:
        return
    rows = [
        [row["piece"], *(signed(row[key], facts) for key in ("alone", "on_top", "difference")), row["verdict"]]
        for row in facts["interactions"]
    ]
    yield ReportSection("Interactions", ["piece", "alone", "on top of the others", "difference", "verdict"], rows)
