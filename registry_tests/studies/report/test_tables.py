"""Tables of results: every format has the numbers and texts of the facts, and notes explain what is missing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.studies.analyse.results import read_results
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.facts import report_facts, why_missing
from spanreg.studies.report.formats.comma_separated import comma_separated
from spanreg.studies.report.formats.document import report_from, spell_document
from spanreg.studies.report.tables import (
    FEW,
    NOTE,
    SAME,
    SAME_EVERYWHERE,
    SEEDS_ALONE,
    columns,
    left,
    notes,
    rows,
)


def markdown(facts: dict[str, Any]) -> str:
    """Return the report in Markdown."""
    return spell_document(report_from(facts), "md")


def latex(facts: dict[str, Any]) -> str:
    """Return the report in LaTeX."""
    return spell_document(report_from(facts), "latex")


def expected_cells(arm: dict[str, Any]) -> tuple[str, str]:
    """Return the cells of score and difference; one arm of the study has only failed runs."""
    if not arm["scores"]:
        return "failed", ""
    found = arm["comparison"]
    difference = f"{100 * found['difference']:+.2f}{'*' if found['significant'] else ''}" if found else ""
    return f"{100 * arm['mean']:.2f} ± {100 * arm['deviation']:.2f}", difference


def test_rows_have_the_numbers_of_the_facts(facts: dict[str, Any]) -> None:
    assert columns(facts)[1] == "accuracy, %"
    assert [(row[0], row[1], row[2]) for row in rows(facts)] == [
        (arm["name"], *expected_cells(arm)) for arm in facts["arms"]
    ]


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        (["waiting"], "not run"),
        (["running", "waiting"], "not finished"),
        (["failed", "waiting"], "not finished"),
        (["failed", "failed"], "failed"),
    ],
)
def test_reason_of_a_missing_score(states: list[str], reason: str) -> None:
    assert why_missing(states) == reason


def test_table_in_markdown(facts: dict[str, Any]) -> None:
    lines = [line for line in markdown(facts).splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]
    assert [row[1:3] for row in cells] == [list(expected_cells(arm)) for arm in facts["arms"]]
    assert cells[4][0] == r"&lt;b>odd&lt;/b> & \| name_%"
    assert f"Caption: {facts['caption']}." in markdown(facts)


def test_table_in_latex(facts: dict[str, Any]) -> None:
    text = latex(facts)
    body = text.partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    lines = re.sub(r"% spanreg: .*\n\s*", "", body).strip().splitlines()
    cells = [re.split(r"(?<!\\) *& ", line.removesuffix(r" \\")) for line in lines]
    scores = [(row[1].replace(r"$\pm$", "±"), row[2].replace("$-$", "-")) for row in cells]
    assert scores == [expected_cells(arm) for arm in facts["arms"]]
    assert cells[4][0] == r"$<$b$>$odd$<$/b$>$ \& \textbar{} name\_\%"
    assert r"\caption{accuracy on validation (dev, 160 examples)" in text


def test_table_of_comma_separated_values(facts: dict[str, Any]) -> None:
    found = list(csv.DictReader(io.StringIO(comma_separated(facts))))
    scores = [(row["arm"], int(row["seed"]), float(row["accuracy"])) for row in found]
    assert scores == [
        (arm["name"], seed, score)
        for arm in facts["arms"]
        for seed, score in zip(arm["seeds"], arm["scores"], strict=True)
    ]


def test_cells_with_formulas_are_escaped(facts: dict[str, Any]) -> None:
    facts["arms"][0]["name"] = "=HYPERLINK(A1)"
    facts["arms"][0]["figures"] = {"@sum": [-0.5] * len(facts["arms"][0]["seeds"])}
    found = list(csv.DictReader(io.StringIO(comma_separated(facts))))
    assert (found[0]["arm"], found[0]["'@sum"]) == ("'=HYPERLINK(A1)", "-0.5")


def test_comma_separated_values_of_several_splits_name_their_split(facts: dict[str, Any]) -> None:
    facts["part"] = "report"
    facts["arms"][0]["split"] = "validation_matched"
    found = list(csv.DictReader(io.StringIO(comma_separated(facts))))
    assert "accuracy" not in found[0]
    assert {row["part"] for row in found} == {"report"}
    assert {row["arm"]: row["split"] for row in found} == {
        arm["name"]: arm["split"] for arm in facts["arms"] if arm["seeds"]
    }
    first = facts["arms"][0]
    scores = [float(row["score"]) for row in found if row["arm"] == first["name"]]
    assert scores == first["scores"]
    assert {int(row["examples"]) for row in found} == {first["examples"]}


def test_notes_have_headline_power_and_unfinished_runs(facts: dict[str, Any]) -> None:
    printed_notes = notes(facts)
    assert printed_notes[0] == facts["headline"]
    assert NOTE in printed_notes
    detected = "With 3 seeds and as many examples, 4 of 5 studies like this one would detect a true difference of "
    assert any(note.startswith(detected) for note in printed_notes)
    assert left(facts) == "Not finished: late, seed 1 (failed: </script><img src=x onerror=alert(1)>)."
    assert "Not finished: late, seed 1 (failed: &lt;/script>&lt;img src=x onerror=alert(1)>)." in markdown(facts)


def test_an_untested_difference_has_no_interval_and_no_p(make_study: Callable[..., Path]) -> None:
    predictions = {"plain": {1: [0] * 40, 2: [0] * 40}, "spans": {1: [1] * 40, 2: [1] * 40}}
    facts = report_facts(read_results(StudyReader(make_study(predictions, [1] * 40))))
    assert rows(facts)[1][3:5] == ["", ""], "no interval and no p"
    assert FEW in notes(facts)


def test_a_small_p_is_not_printed_as_zero(facts: dict[str, Any]) -> None:
    facts["arms"][1]["comparison"]["p_adjusted"] = 0.0003
    assert rows(facts)[1][4] == "< 0.001"


def test_tests_over_seeds_alone_are_noted(facts: dict[str, Any]) -> None:
    for arm in facts["arms"]:
        if arm["comparison"]:
            arm["comparison"]["basis"] = "seeds"
    assert SEEDS_ALONE in notes(facts)


def test_an_interval_without_0_and_without_star_is_explained(facts: dict[str, Any]) -> None:
    facts["arms"][1]["comparison"].update(p=0.04, p_adjusted=0.16, significant=False)
    name = facts["arms"][1]["name"]
    assert any(note.startswith(f"The interval of '{name}' excludes 0, but") for note in notes(facts))


def test_reasons_of_untested_arms_are_noted(facts: dict[str, Any]) -> None:
    _, uncompared, unpaired, equal_differences, equal_examples, _ = facts["arms"]
    uncompared.update(against=None, comparison=None)
    unpaired.update(comparison=None)
    equal_differences["comparison"].update(p=None, low=None, high=None, p_adjusted=None, basis="seeds")
    equal_examples["comparison"].update(p=None, low=None, high=None, p_adjusted=None)
    printed_notes = notes(facts)
    for arm, reason in (
        (uncompared, "Not compared, since no arm differs from the baseline only in its data"),
        (unpaired, "Not compared, since no finished run has a seed in common with the baseline"),
        (equal_differences, SAME),
        (equal_examples, SAME_EVERYWHERE),
    ):
        assert f"{reason}: '{arm['name']}'." in printed_notes


def test_a_loss_is_not_in_percent(facts: dict[str, Any]) -> None:
    assert columns({**facts, "scale": 1, "metric": "loss"})[1] == "loss"


def test_a_column_of_several_metrics_is_called_score(facts: dict[str, Any]) -> None:
    facts["arms"][1]["metric"] = "f1"
    assert columns(facts)[1] == "score, %"
