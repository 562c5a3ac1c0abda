"""Effect of selecting checkpoint and seed on the scored examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spanreg.studies.report.blocks import Block
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.selection import selection_facts, selection_table

if TYPE_CHECKING:
    from spanreg.studies.analyse.results import StudyResults


@Panel.register("selection")
class SelectionPanel(Panel):
    """Effect of reporting each arm's best evaluation and best seed on its score; registered as ``selection``.

    No format shows it unless it is chosen, since it reads the predictions of every evaluation.

    ``SelectionPanel().blocks(facts)``
    """

    title = "Effect of selection"
    place = 320
    formats = ()
    template = "selection"

    def measure(self, results: StudyResults, facts: dict[str, Any]) -> dict[str, Any]:
        return {"selection": selection_facts(results)}

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        if not facts.get("selection"):
            return []
        return [selection_table(facts)]
