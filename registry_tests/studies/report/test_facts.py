"""report_facts and examples_facts: the facts equal those of other libraries; headline, notes and examples."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from spanreg.studies.analyse.results import read_results
from spanreg.studies.analyse.statistics.two_way import two_way_test
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.examples import examples_facts
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.tables import notes

MakeStudy = Callable[..., Path]


def facts_of(folder: Path) -> dict[str, Any]:
    """Return the facts of a study."""
    return report_facts(read_results(StudyReader(folder)))


def scores_of(folder: Path, arm: str) -> list[float]:
    """Return the accuracy of each seed, computed from the files of predictions by scikit-learn."""
    scores = []
    for seed in (1, 2, 3):
        file = folder / "runs" / f"{arm}-{seed}" / "predictions" / "validation.jsonl"
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        scores.append(accuracy_score([row["label"] for row in rows], [row["prediction"] for row in rows]))
    return scores


def test_numbers_equal_those_of_scipy_sklearn_and_statsmodels(make_study: MakeStudy) -> None:
    generator = np.random.default_rng(0)
    gold = generator.integers(2, size=150)
    predictions = {
        arm: {seed: np.where(generator.random(150) < wrong, 1 - gold, gold).tolist() for seed in (1, 2, 3)}
        for arm, wrong in (("plain", 0.4), ("spans", 0.1), ("same", 0.4))
    }
    right = {
        arm: np.stack([np.array(by_seed[seed]) == gold for seed in (1, 2, 3)]) for arm, by_seed in predictions.items()
    }
    folder = make_study(predictions, gold.tolist())
    facts = facts_of(folder)
    json.dumps(facts, allow_nan=False)
    baseline = np.array(scores_of(folder, "plain"))
    p_values = []
    for arm in facts["arms"]:
        scores = np.array(scores_of(folder, arm["name"]))
        assert arm["scores"] == pytest.approx(scores)
        assert (arm["mean"], arm["deviation"]) == (pytest.approx(fmean(scores)), pytest.approx(stdev(scores)))
        # fabricated_runs.py writes 10 seconds plus the seed, 2 GB, and 1000 parameters; the mean of seeds 1 to 3 is 12.
        assert (arm["seconds"], arm["parameters"], arm["seconds_ratio"]) == (12.0, 1000, 1.0)
        assert (arm["memory_gb"], arm["memory_ratio"]) == (2.0, 1.0)
        if arm["name"] == "plain":
            assert arm["comparison"] is None
            continue
        found = arm["comparison"]
        assert found["difference"] == pytest.approx(fmean(scores - baseline))
        assert found["p_seeds"] == pytest.approx(stats.ttest_rel(scores, baseline).pvalue)
        assert found["low"] < found["difference"] < found["high"]
        for ours, theirs, test in zip(right[arm["name"]], right["plain"], found["mcnemar"], strict=True):
            table = [[int((a & b).sum()) for b in (theirs, ~theirs)] for a in (ours, ~ours)]
            assert (test["fixed"], test["broken"]) == (table[0][1], table[1][0])
            assert test["p"] == pytest.approx(mcnemar(table, exact=True).pvalue)
        decisive = two_way_test(1.0 * right[arm["name"]] - right["plain"])
        assert decisive is not None
        assert [found[name] for name in ("p", "low", "high")] == pytest.approx(
            [decisive.p, decisive.low, decisive.high]
        )
        assert found["basis"] == "seeds and examples"
        p_values.append((found["p"], found["p_adjusted"], found["significant"]))
    raw, adjusted, significant = zip(*p_values, strict=True)
    assert adjusted == pytest.approx(multipletests(raw, method="holm")[1])
    assert significant == tuple(p < 0.05 for p in adjusted) == (True, False)
    assert facts["headline"].startswith("1 of 2 arms is significantly better than 'plain' on validation: ")


def test_tests_are_decisive_or_details(facts: dict[str, Any]) -> None:
    decisive, details = facts["tests"]["decisive"], facts["tests"]["details"]
    fields = [decisive["p"], decisive["p_adjusted"], *decisive["interval"], decisive["star"]]
    fields += [detail["field"] for detail in details]
    assert len(set(fields)) == len(fields)
    for arm in facts["arms"]:
        if arm["comparison"]:
            assert set(fields) <= arm["comparison"].keys()


def test_facts_of_the_whole_study(facts: dict[str, Any]) -> None:
    assert (facts["planned"], facts["finished"], facts["scale"], facts["metric"]) == (16, 15, 100, "accuracy")
    assert facts["caption"] == (
        "accuracy on validation (dev, 160 examples); mean ± standard deviation of 3 seeds; 1 run is not finished"
    )
    assert [(run["arm"], run["state"]) for run in facts["unfinished"]] == [("late", "failed")]
    assert facts["environment"] == {"same": {"python": "3.11", "threads": 2}, "differing": [], "threads": [2]}
    assert facts["headline"].startswith(
        "2 of 4 arms differ significantly from 'plain' on validation, 1 better and 1 worse; the largest"
    )
    assert [arm["reads_spans"] for arm in facts["arms"]] == [False, True, True, True, False, False]
    curve = facts["arms"][0]["curves"][0]
    assert [point["loss"] for point in curve["loss"]] == pytest.approx([0.6, 0.5])
    assert curve["evaluations"][-1]["score"] == facts["arms"][0]["scores"][0]


def test_different_thread_counts_are_noted(make_study: MakeStudy) -> None:
    folder = make_study({name: {1: [0, 1, 1], 2: [1, 1, 1]} for name in ("plain", "spans")}, [0, 1, 1])
    assert not any("thread" in note for note in notes(facts_of(folder)))
    environment = {"python": "3.11", "threads": 1}
    (folder / "runs" / "spans-2" / "environment.json").write_text(json.dumps(environment), encoding="utf-8")
    facts = facts_of(folder)
    assert (facts["environment"]["differing"], facts["environment"]["threads"]) == (["threads"], [1, 2])
    assert any("different thread counts (1, 2)" in note for note in notes(facts))


def test_arms_with_identical_predictions_are_noted(make_study: MakeStudy) -> None:
    same = {1: [0, 1, 1], 2: [1, 1, 1]}
    predictions = {"plain": same, "twin": same, "other": {**same, 2: [1, 1, 0]}, "fewer": {1: same[1]}}
    facts = facts_of(make_study(predictions, [1, 1, 1]))
    assert [arm["same_predictions_as"] for arm in facts["arms"]] == [None, "plain", None, None]
    assert any("'twin' predicts the same as 'plain' for every example" in note for note in notes(facts))


@pytest.mark.parametrize(
    ("wrong", "seeds", "expected"),
    [
        ({"plain": 0.4}, 3, "'plain' is the only arm: there is nothing to compare on validation."),
        ({"plain": 0.4, "a": 0.1}, 2, "With fewer than 3 seeds, nothing is tested on validation; the largest"),
        (
            {"plain": 0.4, "a": 0.4},
            3,
            "'a' does not differ significantly from 'plain' on validation; the difference is",
        ),
        ({"plain": 0.4, "a": 0.4, "b": 0.4}, 3, "None of 2 arms differs significantly from 'plain' on validation;"),
        ({"plain": 0.1, "a": 0.4}, 3, "'a' is significantly worse than 'plain' on validation: "),
        ({"plain": 0.0, "a": 0.0}, 3, "'a' ties with 'plain' on validation: no difference is larger than rounding."),
        (
            {"plain": 0.0, "a": 0.0, "b": 0.0},
            3,
            "Both other arms tie with 'plain' on validation: no difference is larger",
        ),
    ],
)
def test_headline(make_study: MakeStudy, wrong: dict[str, float], seeds: int, expected: str) -> None:
    generator = np.random.default_rng(1)
    predictions = {
        arm: {seed: (generator.random(200) >= share).astype(int).tolist() for seed in range(seeds)}
        for arm, share in wrong.items()
    }
    assert facts_of(make_study(predictions, [1] * 200))["headline"].startswith(expected)


def test_headline_of_an_unfinished_study(make_study: MakeStudy) -> None:
    # Arms with too few seeds are counted as not tested, and their difference is never the largest.
    generator = np.random.default_rng(1)
    wrong = {"plain": (0.4, 3), "a": (0.4, 3), "b": (0.4, 3), "c": (0.9, 2)}
    predictions = {
        arm: {seed: (generator.random(200) >= share).astype(int).tolist() for seed in range(seeds)}
        for arm, (share, seeds) in wrong.items()
    }
    waiting: dict[tuple[str, int], dict[str, str]] = {("c", 2): {}, ("d", 0): {}}
    headline = facts_of(make_study(predictions, [1] * 200, unfinished=waiting))["headline"]
    assert headline.startswith("None of 2 tested arms differs significantly from 'plain' on validation;")
    assert headline.endswith("; 2 arms are not tested.")
    assert "'c'" not in headline


def test_fixed_and_broken_examples(make_study: MakeStudy) -> None:
    predictions = {
        "plain": {1: [0, 0, 1, 1, 1, 0], 2: [0, 1, 1, 1, 1, 0]},
        "spans": {1: [1, 1, 0, 1, 0, 0], 2: [1, 1, 0, 1, 1, 0]},
    }
    arms = {
        name: {"config": {"data": {"type": "demo", "limit": 6, "limit_from": "start"}, "aggregator": "mean_pool"}}
        for name in predictions
    }
    folder = make_study(predictions, [1] * 6, arms=arms)
    found = examples_facts(read_results(StudyReader(folder)))
    assert list(found) == ["spans"]
    spans = found["spans"]
    # Of six examples, seed 1 fixes 2 and breaks 2, and seed 2 fixes 1 and breaks 1.
    assert (spans["fixed"], spans["broken"], spans["seeds"], spans["problem"]) == (1.5, 1.5, [1, 2], "")
    shown = [(example["idx"], example["gain"]) for example in spans["shown"]]
    assert shown == [(0, 1.0), (1, 0.5), (2, -1.0), (4, -0.5)]
    first = spans["shown"][0]
    assert (first["gold"], first["arm"], first["baseline"]) == ("yes", ["yes", "yes"], ["no", "no"])
    words = [first["text"][start:end] for start, end, count in first["spans"] if count == 1]
    assert " ".join(words).split() == words, "the segmenter 'single' gives words"
    assert words[0] == first["text"].split()[0]


def test_texts_of_changed_data_are_not_shown(make_study: MakeStudy, tmp_path: Path) -> None:
    file = tmp_path / "now.jsonl"
    file.write_text('{"text": "another", "label": 1}\n{"text": "text", "label": 0}\n', encoding="utf-8")
    predictions = {"plain": {1: [0, 0]}, "spans": {1: [1, 1]}}
    config = {"data": {"type": "jsonl", "files": {"train": str(file), "validation": str(file)}}}
    folder = make_study(predictions, [1, 1], arms={name: {"config": config} for name in predictions})
    results = read_results(StudyReader(folder))
    assert examples_facts(results)["spans"]["problem"] == ""
    assert all("text" in example for example in examples_facts(results)["spans"]["shown"])
    for arm in results.arms:
        arm.runs[0].data["validation"]["fingerprint"] = "another"
    spans = examples_facts(results)["spans"]
    assert spans["problem"] == "the texts can no longer be read: the split 'validation' has changed since the run"
    assert not any("text" in example for example in spans["shown"])


def test_examples_without_readable_texts(make_study: MakeStudy) -> None:
    predictions = {"plain": {1: [0, 0]}, "spans": {1: [1, 1]}}
    arms = {
        name: {"config": {"data": {"type": "jsonl", "files": {"validation": "gone.jsonl"}}}} for name in predictions
    }
    spans = examples_facts(read_results(StudyReader(make_study(predictions, [1, 1], arms=arms))))["spans"]
    assert spans["problem"].startswith("the texts can no longer be read: ")
    assert "gone.jsonl" in spans["problem"]
    assert [set(example) & {"text", "spans"} for example in spans["shown"]] == [set(), set()]


def test_an_unknown_aggregator_is_not_searched_for(make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    def search(name: str, family: str) -> str:
        raise AssertionError(f"every Python file below the working directory would be read for '{name}'")

    monkeypatch.setattr("spanreg.registry.trust.plugins.hint_for_unregistered", search)
    arms = {"spans": {"config": {"data": {"type": "demo"}, "aggregator": {"type": "not_included"}}}}
    folder = make_study({"plain": {1: [1, 0]}, "spans": {1: [1, 1]}}, [1, 1], arms=arms)
    assert [arm["reads_spans"] for arm in facts_of(folder)["arms"]] == [False, True]
