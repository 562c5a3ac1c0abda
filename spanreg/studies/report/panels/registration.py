"""The registration of a study: confirmatory or exploratory results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Paragraph, text_table
from spanreg.studies.report.panels.base import Panel


@Panel.register("registration")
class RegistrationPanel(Panel):
    """Confirmatory or exploratory, and what differs from the registered plan; registered as ``registration``.

    ``RegistrationPanel().blocks(facts)[0].text``
    """

    title = "Registration"
    place = 115
    # Other formats have the same statement in the notes of the main table.
    formats = ("html", "md")

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found = facts["registration"]
        if not found or not found["registered"]:
            return []
        if found["kind"] == "confirmatory":
            text = (
                "Confirmatory: the study was registered before its runs, and nothing differs from the registered plan."
            )
        else:
            text = "Exploratory: the study differs from what was registered."
        rows = [["registered", found["registered"]], ["hypothesis", found["hypothesis"]], ["hash", found["hash"]]]
        rows += [["difference", one] for one in found["differences"]]
        return [Paragraph(text), text_table(("what", "value"), rows)]
