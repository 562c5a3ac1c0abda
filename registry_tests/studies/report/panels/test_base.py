"""Panels: their choice by the study, the command line or default, and panels that a user has registered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.registry import ConfigurationError, snapshot
from spanreg.studies.analyse.results import read_results
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.blocks import Figure, Paragraph, text_table
from spanreg.studies.report.charts import Bar, BarChart
from spanreg.studies.report.formats.document import make_report, report_from, spell_document
from spanreg.studies.report.panels.base import Panel

Facts = dict[str, Any]


@pytest.fixture
def error_panel() -> Iterator[type[Panel]]:
    """Register and yield a panel with a measure, an option, and a paragraph, a table and a figure."""
    with snapshot():

        @Panel.register("errors")
        class ErrorPanel(Panel):
            title = "Errors & <b>more</b>"

            def __init__(self, digits: int = 1) -> None:
                self.digits = digits

            def measure(self, results: Any, facts: Facts) -> dict[str, Any]:
                return {"errors": {arm.name: 1 - arm.mean for arm in results.arms if arm.mean is not None}}

            def blocks(self, facts: Facts) -> list[Any]:
                found = facts.get("errors", {})
                if not found:
                    return []
                rows = [[name, f"{error:.{self.digits}f}"] for name, error in found.items()]
                chart = BarChart(tuple(Bar(name, error) for name, error in found.items()), "arm", "error")
                return [Paragraph("Share of errors."), text_table(("arm", "error"), rows), Figure("e", "Errors", chart)]

        yield ErrorPanel


def panel_names(report: Any, form: str = "html") -> list[str]:
    """Return the names of the panels that a format of a report shows."""
    return [section.name for section in report.shown_in(form)]


def test_default_panels_of_a_page(facts: Facts) -> None:
    expected = ["results", "statement", "combinations", "cost", "learning_curves", "spans"]
    expected += ["examples", "changes", "origin"]
    assert [name for name in panel_names(report_from(facts)) if name in expected] == expected
    assert panel_names(report_from(facts), "text")[:2] == ["results", "statement"]


def test_panels_without_content_are_omitted(facts: Facts) -> None:
    assert "interactions" not in panel_names(report_from(facts))
    row = {"piece": "p", "alone": 0.2, "on_top": 0.05, "difference": 0.15, "low": 0.1, "high": 0.2}
    facts["interactions"] = [{**row, "task": "idioms", "p": 0.0004, "seeds": [1, 2, 3], "verdict": "redundant"}]
    assert "interactions" in panel_names(report_from(facts))
    only = {**facts, "arms": facts["arms"][:1], "examples": {}}
    assert not {"combinations", "cost", "examples"} & set(panel_names(report_from(only)))


def test_chosen_panels_are_in_every_format_in_their_order(facts: Facts) -> None:
    report = report_from(facts, panels=["origin", {"type": "results"}])
    for form in ("html", "md", "latex", "text"):
        assert panel_names(report, form) == ["origin", "results"], form


def test_a_registered_panel_is_in_every_format(error_panel: type[Panel], study: Path, facts: Facts) -> None:
    results = read_results(StudyReader(study))
    report = make_report(results, ("md",), panels=["results", {"type": "errors", "digits": 3}])
    error = f"{1 - facts['arms'][0]['mean']:.3f}"
    assert f"| plain | {error} |" in spell_document(report, "md")
    assert "### Errors & &lt;b>more&lt;/b>" in spell_document(report, "md")
    assert f"plain & {error}" in spell_document(report, "latex")
    page = spell_document(report, "html")
    assert '<section data-panel="1"></section>' in page
    # A cell is a list of pieces of text.
    assert f'["plain"],[{json.dumps(error)}]' in page
    assert report.to_json()["panels"][1]["blocks"][2]["chart"]["kind"] == "bars"
    assert "errors" in panel_names(make_report(results, ("md",)), "md")


def test_all_mistakes_of_a_choice_are_reported(facts: Facts) -> None:
    with pytest.raises(ConfigurationError) as caught:
        report_from(facts, panels=["results", "ressults", {"type": "examples", "most": 0}])
    assert [(mistake.path, mistake.problem) for mistake in caught.value.problems] == [
        ("panels.1.type", "'ressults' is not registered for Panel"),
        ("panels.2.most", "is 0"),
    ]


def test_a_failing_panel_is_named(error_panel: type[Panel], facts: Facts) -> None:
    facts["errors"] = {"plain": "no number"}
    with pytest.raises(ConfigurationError, match="panels: the panel 'errors' failed: ValueError"):
        report_from(facts, panels=["errors"])


def test_panels_are_chosen_by_the_study_or_the_command(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    predictions = {name: {seed: [seed % 2, 1, 0, 1] for seed in (1, 2)} for name in ("plain", "spans")}
    folder = make_study(predictions, [1, 1, 0, 1], plan={"panels": [{"type": "statement"}]})
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("Report this as:\n")
    assert main(["report", str(folder), "--panels", "origin,changes", "--format", "md"]) == 0
    assert "### Where this comes from" in capsys.readouterr().out
    assert main(["report", str(folder), "--panels", "[{type: 'examples', most: 1}]", "--format", "md"]) == 0
    assert main(["report", str(folder), "--panels", "origins"]) == 2
    assert "did you mean 'origin'" in capsys.readouterr().err
    assert main(["report", str(folder), "--panels", "[1]"]) == 2
    assert "--panels: expected names and objects" in capsys.readouterr().err
    assert main(["report", str(folder), "--panels", "origin", "--format", "csv"]) == 2


def test_the_plan_of_a_study_records_its_panels(make_plan: Callable[..., Any]) -> None:
    assert make_plan(panels=["results", {"type": "examples", "most": 2}]).study.panels == [
        {"type": "results"},
        {"type": "examples", "most": 2},
    ]
    with pytest.raises(ConfigurationError, match=r"panels\.0"):
        make_plan(panels=["ressults"])
