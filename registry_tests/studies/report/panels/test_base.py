"""A panel of a user's own is in every format; panels are chosen by the study, the command line, or by default."""

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
def own() -> Iterator[type[Panel]]:
    """A panel with a measure, an option, and one block of each kind."""
    with snapshot():

        @Panel.register("errors")
        class Errors(Panel):
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

        yield Errors


def names(report: Any, form: str = "html") -> list[str]:
    return [section.name for section in report.shown_in(form)]


def test_the_sections_of_a_page_are_panels(facts: Facts) -> None:
    expected = [
        "results",
        "statement",
        "combinations",
        "cost",
        "learning_curves",
        "spans",
        "examples",
        "changes",
        "origin",
    ]
    assert [name for name in names(report_from(facts)) if name in expected] == expected
    assert names(report_from(facts), "text")[:2] == ["results", "statement"]


def test_what_has_nothing_to_show_is_left_out(facts: Facts) -> None:
    assert "interactions" not in names(report_from(facts))
    row = {"piece": "p", "alone": 0.2, "on_top": 0.05, "difference": 0.15, "low": 0.1, "high": 0.2}
    facts["interactions"] = [{**row, "task": "idioms", "p": 0.0004, "seeds": [1, 2, 3], "verdict": "redundant"}]
    assert "interactions" in names(report_from(facts))
    only = {**facts, "arms": facts["arms"][:1], "examples": {}}
    assert not {"combinations", "cost", "examples"} & set(names(report_from(only)))


def test_a_choice_is_shown_in_its_order_and_in_every_format(facts: Facts) -> None:
    report = report_from(facts, panels=["origin", {"type": "results"}])
    assert (
        names(report) == names(report, "md") == names(report, "latex") == names(report, "text") == ["origin", "results"]
    )


def test_an_own_panel_is_in_every_format(own: type[Panel], study: Path, facts: Facts) -> None:
    results = read_results(StudyReader(study))
    report = make_report(results, ("md",), panels=["results", {"type": "errors", "digits": 3}])
    error = f"{1 - facts['arms'][0]['mean']:.3f}"
    assert f"| plain | {error} |" in spell_document(report, "md")
    assert "### Errors & &lt;b>more&lt;/b>" in spell_document(report, "md")
    assert f"plain & {error}" in spell_document(report, "latex")
    page = spell_document(report, "html")
    assert '<section data-panel="1"></section>' in page
    assert f'["plain",{json.dumps(error)}]'.replace(",", "],[") in page
    assert report.to_json()["panels"][1]["blocks"][2]["chart"]["kind"] == "bars"
    assert "errors" in names(make_report(results, ("md",)), "md")


def test_mistakes_are_reported_at_once(facts: Facts) -> None:
    with pytest.raises(ConfigurationError) as caught:
        report_from(facts, panels=["results", "ressults", {"type": "examples", "most": 0}])
    assert [(one.path, one.problem) for one in caught.value.problems] == [
        ("panels.1.type", "'ressults' is not registered for Panel"),
        ("panels.2.most", "is 0"),
    ]


def test_a_failing_panel_is_named(own: type[Panel], facts: Facts) -> None:
    facts["errors"] = {"plain": "no number"}
    with pytest.raises(ConfigurationError, match="panels: the panel 'errors' failed: ValueError"):
        report_from(facts, panels=["errors"])


def test_a_study_file_chooses(make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    made = {name: {seed: [seed % 2, 1, 0, 1] for seed in (1, 2)} for name in ("plain", "spans")}
    folder = make_study(made, [1, 1, 0, 1], plan={"panels": [{"type": "statement"}]})
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
