"""Build the table of how much selecting checkpoint and seed adds to each score."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.selection import selection_effects
from spanreg.studies.report.blocks import Cell, Table
from spanreg.studies.report.keyed_cells import KeyedCells, arms_by_name, cells_of_arm, text_cell

COLUMNS = ("arm", "best evaluation of the best seed", "unbiased", "selection adds", "evaluations", "seeds")

NOTE = (
    "Best evaluation of the best seed: selected on the examples that score it, as the paper's released code reports "
    "its results. Unbiased: the mean over the seeds, where for each half of the examples a run's evaluation is "
    "selected on the other half, and both halves are scored together. The difference is what selection alone adds."
)


def selection_facts(results: StudyResults) -> list[dict[str, Any]]:
    """Return the effect of selection on every arm, in plain JSON.

    Raises:
        ConfigurationError: a run's file is damaged.
    """
    return [asdict(effect) for effect in selection_effects(results)]


def selection_table(facts: dict[str, Any]) -> Table:
    """Return the table of the effect of selection, one row per arm."""
    arms = arms_by_name(facts)
    rows = tuple(_row(effect, cells_of_arm(arms[effect["arm"]], facts, "selection.")) for effect in facts["selection"])
    return Table(COLUMNS, rows, notes=tuple(selection_notes(facts)))


def selection_notes(facts: dict[str, Any]) -> list[str]:
    """Return the notes below the table."""
    problems = dict.fromkeys(effect["problem"] for effect in facts["selection"] if effect["problem"])
    return [NOTE, *(f"Some unbiased scores are missing: {problem}." for problem in problems)]


def _row(effect: dict[str, Any], cells: KeyedCells) -> tuple[Cell, ...]:
    seed = cells.number("best_seed", effect["best_seed"], "d", before=" (seed ")
    step = (*cells.number("best_step", effect["best_step"], "d", before=", step "), ")")
    return (
        text_cell(effect["arm"]),
        cells.score("released", effect["released"]) + seed + step,
        cells.score("unbiased", effect["unbiased"]),
        cells.difference("difference", effect["difference"]),
        cells.number("evaluations", effect["evaluations"], "d"),
        cells.number("seeds", effect["seeds"], "d"),
    )
