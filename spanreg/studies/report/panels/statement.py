"""The result in full sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Paragraph
from spanreg.studies.report.panels.base import Panel
from spanreg.studies.report.statement import statement


@Panel.register("statement")
class StatementPanel(Panel):
    """The study's result in full sentences with its numbers, for a paper; registered as ``statement``.

    ``StatementPanel().blocks(facts)[0].text``
    """

    title = "Report this as"
    place = 110

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        return [Paragraph(text) for text in statement(facts)]
