"""Examples that an arm fixes and breaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from spanreg.registry import AtLeast
from spanreg.studies.report.blocks import Block, text_table
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
        rows = [_row(name, own, one) for name, own in found.items() for one in own["shown"]]
        return [text_table(_COLUMNS, rows)] if found else []


def _row(name: str, own: dict[str, Any], one: dict[str, Any]) -> list[str]:
    text = " / ".join(one[side] for side in ("text", "pair") if side in one)
    counts = [f"{own[kind]:.1f}" for kind in ("fixed", "broken")]
    return [name, *counts, str(one["idx"]), text, one["gold"], ", ".join(one["baseline"]), ", ".join(one["arm"])]
