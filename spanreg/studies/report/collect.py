"""From the folder or pack of a study to its facts, and from facts to a text in one of the formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.exchange.pack import opened_study
from spanreg.studies.report.examples import examples_facts
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.page import page
from spanreg.studies.report.selection import SELECTION_FORMATS, selection_facts
from spanreg.studies.report.tables import FORMATS


def collect_facts(path: Path, *, examples: bool = False, selection: bool = False) -> dict[str, Any]:
    """Return the facts of a study in plain JSON.

    Args:
        path: the study's folder, or a pack.
        examples: add examples on which arms differ; the data are read for their texts.
        selection: add the effect of reporting the best evaluation of the best seed.

    Raises:
        ConfigurationError: nothing is finished, or the results cannot be read.

    ``collect_facts(Path("study"))["headline"]``
    """
    with opened_study(path) as study:
        results = read_results(study)
        facts = report_facts(results)
        if selection:
            facts["selection"] = selection_facts(results)
        if examples:
            facts["examples"] = examples_facts(results)
    return facts


def render(facts: dict[str, Any], form: str) -> str:
    """Return a report as text.

    Args:
        facts: those of ``collect_facts``; a page also needs ``examples``.
        form: ``html``, ``md``, ``latex`` or ``csv``.

    Raises:
        ConfigurationError: the form cannot show all facts: a CSV has one line per run, so no selection.
    """
    if form == "html":
        return page(facts)
    if "selection" not in facts:
        return FORMATS[form](facts)
    if form not in SELECTION_FORMATS:
        raise ConfigurationError(
            f"the format '{form}' has one line per run, and selection is per arm",
            hint="give md, latex, html or json, or leave --selection out",
        )
    return FORMATS[form](facts) + SELECTION_FORMATS[form](facts)
