"""Run all checks of a study."""

from __future__ import annotations

from typing import Any

from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.checks.arm_checks import ARM_CHECKS
from spanreg.studies.report.checks.finding import CheckFinding
from spanreg.studies.report.checks.leakage import leaked_texts
from spanreg.studies.report.checks.search_checks import best_of_many, edges
from spanreg.studies.report.facts import report_facts


def check_results(
    results: StudyResults, folder: StudyReader, facts: dict[str, Any] | None = None
) -> list[CheckFinding]:
    """Return the findings of all checks: what a reviewer would object to in a study, sorted by code.

    ``check_results(read_results(folder), folder)[0].code``

    Args:
        results: the results of the study.
        folder: its folder.
        facts: facts of its report; default: they are computed.

    Raises:
        ConfigurationError: a file of the study is damaged.
    """
    facts = report_facts(results) if facts is None else facts
    found = [finding for check in ARM_CHECKS for finding in check(facts)]
    found += [*best_of_many(facts, folder), *edges(folder), *leaked_texts(results)]
    return sorted(found, key=lambda finding: (finding.code, finding.arms))
