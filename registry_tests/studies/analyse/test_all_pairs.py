"""Comparisons of all pairs of arms and the margin of a study: their tests, and the tables of the report."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from spanreg.studies.analyse.results import StudyResults, read_results
from spanreg.studies.analyse.statistics.two_way import two_way_test
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.formats.document import report_from, spell_document
from spanreg.studies.report.tables import columns, notes, rows

GOLD = np.random.default_rng(0).integers(2, size=300)
WRONG = {"plain": 0.3, "near": 0.3, "good": 0.1, "bad": 0.5}
"Share of wrong predictions by arm."


def predictions(wrong: float, seed: int, place: int) -> list[int]:
    """Return predictions that are wrong on a share of the examples, mostly the same ones for all seeds and arms."""
    order = np.random.default_rng(0).permutation(GOLD.size)
    flipped = np.isin(np.arange(GOLD.size), order[: round(wrong * GOLD.size)])
    flipped[(7 * seed + place) % GOLD.size] ^= True
    return np.where(flipped, 1 - GOLD, GOLD).tolist()


@pytest.fixture(scope="module")
def folder(make_study_in: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of four arms that compares all pairs, with a margin of three points."""
    by_arm = {
        arm: {seed: predictions(wrong, seed, place) for seed in (1, 2, 3)}
        for place, (arm, wrong) in enumerate(WRONG.items())
    }
    plan = {"compare": "all", "margin": 3.0}
    return make_study_in(tmp_path_factory.mktemp("pairs"), by_arm, GOLD.tolist(), plan=plan)


@pytest.fixture(scope="module")
def results(folder: Path) -> StudyResults:
    """Return the results of the study."""
    return read_results(StudyReader(folder))


@pytest.fixture(scope="module")
def facts(results: StudyResults) -> dict[str, Any]:
    """Return the facts of the study's report."""
    return report_facts(results)


def test_pairs_have_two_way_tests_with_a_correction_over_all_pairs(results: StudyResults) -> None:
    (matrix,) = results.pairs
    right = {
        arm: np.array([np.array(predictions(wrong, seed, place)) == GOLD for seed in (1, 2, 3)], float)
        for place, (arm, wrong) in enumerate(WRONG.items())
    }
    tests = [two_way_test(right[first] - right[second]) for first, second in combinations(WRONG, 2)]
    raw = [test.p for test in tests if test]
    assert [(pair.first, pair.second) for pair in matrix.pairs] == list(combinations(WRONG, 2))
    assert [pair.p for pair in matrix.pairs] == pytest.approx(raw)
    assert [pair.p_adjusted for pair in matrix.pairs] == pytest.approx(multipletests(raw, method="holm")[1])
    assert [pair.difference for pair in matrix.pairs] == pytest.approx([test.difference for test in tests if test])


def test_the_table_and_the_matrix_have_the_same_p(results: StudyResults) -> None:
    pairs = {(pair.first, pair.second): pair for pair in results.pairs[0].pairs}
    for arm in results.arms[1:]:
        assert arm.comparison is not None
        pair = pairs["plain", arm.name]
        assert arm.comparison.p_adjusted == pair.p_adjusted
        assert arm.comparison.equivalence is not None
        assert pair.equivalence is not None
        assert arm.comparison.equivalence.p_adjusted == pair.equivalence.p_adjusted


def test_arms_have_letters_and_verdicts(results: StudyResults, facts: dict[str, Any]) -> None:
    assert results.pairs[0].letters == {"plain": "b", "near": "b", "good": "a", "bad": "c"}
    verdicts = {arm["name"]: arm["comparison"]["verdict"] for arm in facts["arms"][1:]}
    assert verdicts == {"near": "equivalent", "good": "difference found", "bad": "difference found"}
    assert facts["margin"] == 3.0
    assert facts["arms"][1]["comparison"]["equivalence"]["shown"] is True
    assert facts["arms"][1]["comparison"]["equivalence"]["margin"] == pytest.approx(0.03)


def test_no_difference_found_is_not_called_equivalent(make_study: Callable[..., Path]) -> None:
    by_arm = {
        arm: {seed: predictions(wrong, seed, place) for seed in (1, 2, 3)}
        for place, (arm, wrong) in enumerate({"plain": 0.3, "near": 0.31}.items())
    }
    found = report_facts(read_results(StudyReader(make_study(by_arm, GOLD.tolist(), plan={"margin": 0.1}))))
    assert found["arms"][1]["comparison"]["verdict"] == "no difference found"
    assert any(
        "No difference was found, but one above 0.1 points is not ruled out: 'near'" in note for note in notes(found)
    )


def test_the_tables_of_all_formats_have_pairs_letters_and_verdicts(facts: dict[str, Any]) -> None:
    head, body = columns(facts), rows(facts)
    assert head[4:9] == ["p", "p (margin)", "P(within)", "verdict", "letters"]
    assert {len(row) for row in body} == {len(head)}
    assert [row[8] for row in body] == ["b", "b", "a", "c"]
    assert any(
        note.startswith("The difference is shown to be no larger than 3 points: 'near'.") for note in notes(facts)
    )
    report = report_from(facts, ("md", "latex"))
    text = spell_document(report, "md")
    assert "### All pairs" in text
    matrix = text.partition("### All pairs")[2]
    assert "| good | +20.00* (< 0.001) |" in matrix
    assert "| plain |  | -0.22 (0.521) | -20.00* (< 0.001) |" in matrix
    assert "equivalent" in spell_document(report, "latex")


def test_unfinished_arms_count_in_the_correction(make_study: Callable[..., Path]) -> None:
    by_arm = {arm: {seed: predictions(WRONG[arm], seed, 0) for seed in (1, 2, 3)} for arm in ("plain", "good")}
    folder = make_study(by_arm, GOLD.tolist(), plan={"compare": "all"}, unfinished={("late", 1): {}})
    (pair,) = read_results(StudyReader(folder)).pairs[0].pairs
    assert pair.p is not None
    # Three arms are three pairs, two of which are not finished.
    assert pair.p_adjusted == pytest.approx(3 * pair.p)
