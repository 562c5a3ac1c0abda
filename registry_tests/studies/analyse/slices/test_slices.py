"""Differences on subsets of the examples of a study: families of slices, their tests, and the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.slices import example_values
from spanreg.studies.analyse.slices.slices import SliceFamily, slice_families
from spanreg.studies.analyse.statistics.two_way import two_way_test
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.blocks import plain
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.formats.document import report_from, spell_document
from spanreg.studies.report.section_tables import slices_tables

SIZE = 90
SPECS = ["label", "length", "source", "year > 2000", "nothing_like_it", "coverage"]
LABELS = ["no", "yes"]


@pytest.fixture(scope="module")
def study(make_study_in: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of two arms on data with a column ``source``; the second arm is better only on web texts."""
    place = tmp_path_factory.mktemp("slices")
    generator = np.random.default_rng(0)
    gold = generator.integers(2, size=SIZE)
    source = np.where(np.arange(SIZE) % 3 == 0, "web", "book")
    texts = [" ".join(["word"] * (1 + index % 7)) for index in range(SIZE)]
    lines = [
        f"{text}\t{LABELS[label]}\t{where}\t{1990 + index % 20}"
        for index, (text, label, where) in enumerate(zip(texts, gold, source, strict=True))
    ]
    for name in ("train", "dev"):
        (place / f"{name}.tsv").write_text("\n".join(["sentence\tlabel\tsource\tyear", *lines]), encoding="utf-8")
    files = {"train": str(place / "train.tsv"), "validation": str(place / "dev.tsv")}
    data = {"type": "tsv", "files": files, "text": "sentence", "label": "label", "labels": LABELS}

    def predictions(wrong: np.ndarray, seed: int) -> list[int]:
        flipped = np.random.default_rng(seed).random(SIZE) < wrong
        return np.where(flipped, 1 - gold, gold).tolist()

    chances = {"plain": np.full(SIZE, 0.45), "spans": np.where(source == "web", 0.02, 0.45)}
    by_arm = {arm: {seed: predictions(wrong, seed) for seed in (1, 2, 3)} for arm, wrong in chances.items()}
    config = {"data": data, "aggregator": {"type": "none"}}
    arms = {arm: {"config": config} for arm in by_arm}
    # The files and the predictions must have the same gold labels.
    assert DatasetReader.from_params(dict(data)).read("validation")["label"] == gold.tolist()
    return make_study_in(place, by_arm, gold.tolist(), arms=arms, plan={"slices": SPECS})


@pytest.fixture(scope="module")
def families(study: Path) -> dict[str, SliceFamily]:
    """Return the families of slices of the study by their entry in the study file."""
    return {family.spec: family for family in slice_families(read_results(StudyReader(study)))}


def test_each_entry_gives_a_family_of_slices(families: dict[str, SliceFamily]) -> None:
    assert list(families) == SPECS
    names = {spec: [part.name for part in family.slices] for spec, family in families.items()}
    assert names["source"] == ["source = book", "source = web"]
    assert names["length"] == ["length 1 to 3", "length 4 to 5", "length 6 to 7"]
    assert names["year > 2000"] == ["year > 2000", "not (year > 2000)"]
    assert {name.removeprefix("label = ") for name in names["label"]} == set(LABELS)
    assert all(sum(part.examples for part in family.slices) in (0, SIZE) for family in families.values())


def test_a_slice_has_the_two_way_test_on_its_examples(study: Path, families: dict[str, SliceFamily]) -> None:
    results = read_results(StudyReader(study))
    right = {
        arm.name: np.stack(
            [run.predictions.predictions == run.predictions.labels for run in arm.runs if run.predictions]
        )
        for arm in results.arms
    }
    web = np.arange(SIZE) % 3 == 0
    tests = [two_way_test(1.0 * right["spans"][:, rows] - right["plain"][:, rows], 1.0) for rows in (~web, web)]
    found = [part.differences[0] for part in families["source"].slices]
    assert [difference.p for difference in found] == pytest.approx([test.p for test in tests if test])
    assert [difference.low for difference in found] == pytest.approx([test.low for test in tests if test])
    assert [difference.p_adjusted for difference in found] == pytest.approx(
        multipletests([difference.p for difference in found], method="holm")[1]
    )
    assert [difference.significant for difference in found] == [False, True]
    assert found[1].score - found[1].baseline_score == pytest.approx(found[1].difference)


def test_an_entry_without_values_has_the_reason(families: dict[str, SliceFamily]) -> None:
    assert "nothing_like_it" in families["nothing_like_it"].problem
    assert "no arm reads spans" in families["coverage"].problem
    assert families["coverage"].slices == ()


def test_the_report_has_a_table_for_each_family(study: Path) -> None:
    facts: dict[str, Any] = report_facts(read_results(StudyReader(study)))
    assert [family["spec"] for family in facts["slices"]] == SPECS
    tables = {table.caption: table for table in slices_tables(facts)}
    rows = [list(map(plain, row)) for row in tables["Slices by source"].rows]
    row = next(row for row in rows if row[0] == "source = web")
    assert row[1:3] == ["30", "spans"]
    assert row[4].endswith("*")
    assert tables["Slices by nothing_like_it"].notes[0].startswith("Not computed: ")
    assert "| source = web | 30 | spans |" in spell_document(report_from(facts, ["md"]), "md")


def test_the_reason_for_missing_spans_contains_no_path(
    make_study: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise ConfigurationError(f"{path} is missing")

    monkeypatch.setattr(example_values, "segmenter_of_run", fail)
    gold = [0, 1] * 20
    config = {"data": {"type": "demo", "limit": 40}, "aggregator": {"type": "hierarchical_cnn"}}
    by_arm = {arm: dict.fromkeys((1, 2, 3), gold) for arm in ("plain", "spans")}
    folder = make_study(by_arm, gold, arms={"spans": {"config": config}}, plan={"slices": ["coverage"]})
    (family,) = slice_families(read_results(StudyReader(folder)))
    assert family.problem == "the spans of 'spans' can no longer be computed"
