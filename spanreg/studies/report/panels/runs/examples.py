"""Examples that an arm fixes and breaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from spanreg.registry import AtLeast
from spanreg.studies.report.blocks import Block, Cell, Table
from spanreg.studies.report.keyed_cells import KeyedCells, arms_by_name, cells_of_arm, text_cell
from spanreg.studies.report.panels.base import Panel

if TYPE_CHECKING:
    from spanreg.studies.analyse.results import StudyResults

_COLUMNS = ("arm", "fixed", "broken", "idx", "text", "gold", "baseline", "arm's answers")


@Panel.register("examples")
class ExamplesPanel(Panel):
    """Examples that only the arm or only its baseline labels right, with their spans; registered as ``examples``.

    ``ExamplesPanel(most=4).blocks(facts)``

    Parameters:
        most: largest number of fixed examples, and of broken examples, of each arm; default 8.
    """

    title = "Fixed and broken"
    place = 530
    formats = ("html",)
    template = "examples"

    def __init__(self, most: Annotated[int, AtLeast(1)] = 8) -> None:
        self.most = most

    def measure(self, results: StudyResults, facts: dict[str, Any]) -> dict[str, Any]:
        from spanreg.studies.report.examples import examples_facts  # reading texts takes torch and datasets

        return {"examples": examples_facts(results, self.most)}

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found = facts.get("examples") or {}
        arms = arms_by_name(facts)
        rows = tuple(
            _row(own, one, cells_of_arm(arms[name], facts, "examples."))
            for name, own in found.items()
            for one in own["shown"]
        )
        return [Table(_COLUMNS, rows)] if found else []


def _row(own: dict[str, Any], one: dict[str, Any], cells: KeyedCells) -> tuple[Cell, ...]:
    text = " / ".join(one[side] for side in ("text", "pair") if side in one)
    texts = [str(one["idx"]), text, one["gold"], ", ".join(one["baseline"]), ", ".join(one["arm"])]
    counts = [cells.number(kind, own[kind], ".1f") for kind in ("fixed", "broken")]
    return (text_cell(cells.arm), *counts, *map(text_cell, texts))
