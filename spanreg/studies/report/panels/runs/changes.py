"""Changes of each arm to the base."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, text_table
from spanreg.studies.report.panels.base import Panel


@Panel.register("changes")
class ChangesPanel(Panel):
    """Keys that each arm changes, and its whole config; registered as ``changes``.

    ``ChangesPanel().blocks(facts)``
    """

    title = "What each arm changes"
    place = 900
    formats = ("html",)
    template = "changes"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        rows = [[arm["name"], "; ".join([*arm["changes"], *arm["dropped"]]) or "nothing"] for arm in facts["arms"]]
        return [text_table(("arm", "changes"), rows)]
