"""Rows and notes on how much selecting checkpoint and seed adds to each score."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.selection import selection_effects

COLUMNS = ("arm", "best evaluation of the best seed", "unbiased", "selection adds", "evaluations", "seeds")

NOTE = (
    "Best evaluation of the best seed: selected on the examples that score it, as the paper's released code reports "
    "its results. Unbiased: the mean over the seeds, where each run's evaluation is selected on one half of the "
    "examples and scored on the other, both ways. The difference is what selection alone adds."
)


def selection_facts(results: StudyResults) -> list[dict[str, Any]]:
    """Return the effect of selection on every arm, in plain JSON.

    Raises:
        ConfigurationError: a run's file is damaged.
    """
    return [asdict(effect) for effect in selection_effects(results)]


def selection_rows(facts: dict[str, Any]) -> list[list[str]]:
    """Return one row per arm, as strings, under ``COLUMNS``."""
    return [_row(effect, facts["scale"]) for effect in facts["selection"]]


def selection_notes(facts: dict[str, Any]) -> list[str]:
    """Return the notes below the table."""
    problems = dict.fromkeys(effect["problem"] for effect in facts["selection"] if effect["problem"])
    return [NOTE, *(f"Without an unbiased score: {problem}." for problem in problems)]


def _row(effect: dict[str, Any], scale: int) -> list[str]:
    def spelt(name: str, form: str) -> str:
        return "" if effect[name] is None else format(effect[name] * scale, form)

    best = f"{spelt('released', '.2f')} (seed {effect['best_seed']}, step {effect['best_step']})"
    counts = [str(effect["evaluations"]), str(effect["seeds"])]
    return [effect["arm"], best, spelt("unbiased", ".2f"), spelt("difference", "+.2f"), *counts]
