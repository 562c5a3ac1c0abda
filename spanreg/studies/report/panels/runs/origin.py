"""Environment of the runs, and the study file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, text_table
from spanreg.studies.report.panels.base import Panel


@Panel.register("origin")
class OriginPanel(Panel):
    """Versions and machine of the runs, and the study file; registered as ``origin``.

    ``OriginPanel().blocks(facts)``
    """

    title = "Where this comes from"
    place = 910
    formats = ("html",)
    template = "origin"

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found = facts["environment"]
        rows = [
            [name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
            for name, value in found["same"].items()
            if value is not None
        ]
        if found["differing"]:
            rows.append(["differs between runs", ", ".join(found["differing"])])
        return [text_table(("what", "value"), rows)]
