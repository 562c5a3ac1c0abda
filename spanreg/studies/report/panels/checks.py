"""Findings of the checks of a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.blocks import Block, Paragraph, text_table
from spanreg.studies.report.panels.base import Panel

if TYPE_CHECKING:
    from spanreg.studies.analyse.results import StudyResults


@Panel.register("checks")
class ChecksPanel(Panel):
    """Findings that a reviewer would object to, as ``spanreg report --checks`` lists them; registered as ``checks``.

    ``ChecksPanel().blocks(facts)``
    """

    title = "Checks"
    place = 120
    formats = ("html",)

    def measure(self, results: StudyResults, facts: dict[str, Any]) -> dict[str, Any]:
        from spanreg.studies.report.checks.run_checks import check_results  # reading texts takes torch and datasets

        run = next(run for arm in results.arms for run in arm.runs)
        found = check_results(results, StudyReader(run.path.parents[1]), facts)
        return {"checks": [one.to_json() for one in found]}

    def blocks(self, facts: dict[str, Any]) -> Sequence[Block]:
        found = facts.get("checks")
        if found is None:
            return []
        if not found:
            return [Paragraph("No check of 'spanreg report --checks' has a finding.")]
        rows = [[one["code"], one["title"], ", ".join(one["arms"]), one["problem"], one["hint"]] for one in found]
        note = f"Each code is explained in {found[0]['page'].partition('#')[0]}."
        return [text_table(("code", "check", "arms", "problem", "what to do"), rows, notes=(note,))]
