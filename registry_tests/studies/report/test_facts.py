"""The facts of a report equal those that are computed by other means."""

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

Make = Callable[..., Path]


def facts_of(folder: Path) -> dict[str, Any]:
    return report_facts(read_results(StudyReader(folder)))


def scores_of(folder: Path, arm: str) -> list[float]:
    """Accuracies by seed, from the predictions alone."""
    found = []
    for seed in (1, 2, 3):
        file = folder / "runs" / f"{arm}-{seed}" / "predictions" / "validation.jsonl"
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        found.append(accuracy_score([row["label"] for row in rows], [row["prediction"] for row in rows]))
    return found


def test_the_numbers(make_study: Make) -> None:
    generator = np.random.default_rng(0)
    gold = generator.integers(2, size=150)
    made = {
        arm: {seed: np.where(generator.random(150) < wrong, 1 - gold, gold).tolist() for seed in (1, 2, 3)}
        for arm, wrong in (("plain", 0.4), ("spans", 0.1), ("same", 0.4))
    }
    folder = make_study(made, gold.tolist())
    facts = facts_of(folder)
    json.dumps(facts, allow_nan=False)
    base = np.array(scores_of(folder, "plain"))
    p_values = []
    for arm in facts["arms"]:
        own = np.array(scores_of(folder, arm["name"]))
        assert arm["scores"] == pytest.approx(own)
        assert (arm["mean"], arm["deviation"]) == (pytest.approx(fmean(own)), pytest.approx(stdev(own)))
        assert (arm["seconds"], arm["parameters"], arm["seconds_ratio"]) == (12.0, 1000, 1.0)
        if arm["name"] == "plain":
            assert arm["comparison"] is None
            continue
        found = arm["comparison"]
        assert found["difference"] == pytest.approx(fmean(own - base))
        assert found["p_seeds"] == pytest.approx(stats.ttest_rel(own, base).pvalue)
        assert found["low"] < found["difference"] < found["high"]
        for seed, test in zip((1, 2, 3), found["mcnemar"], strict=True):
            right = [np.array(made[name][seed]) == gold for name in (arm["name"], "plain")]
            table = [[int((a & b).sum()) for b in (right[1], ~right[1])] for a in (right[0], ~right[0])]
            assert (test["fixed"], test["broken"]) == (table[0][1], table[1][0])
            assert test["p"] == pytest.approx(mcnemar(table, exact=True).pvalue)
        rows = [
            np.stack([1.0 * (np.array(made[one][seed]) == gold) for seed in (1, 2, 3)])
            for one in (arm["name"], "plain")
        ]
        decisive = two_way_test(rows[0] - rows[1])
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


def test_the_decisive_test_is_marked_and_the_others_are_details(facts: dict[str, Any]) -> None:
    decisive, details = facts["tests"]["decisive"], facts["tests"]["details"]
    fields = [decisive["p"], decisive["p_adjusted"], *decisive["interval"], decisive["star"]]
    fields += [detail["field"] for detail in details]
    assert len(set(fields)) == len(fields)
    for arm in facts["arms"]:
        if arm["comparison"]:
            assert set(fields) <= arm["comparison"].keys()


def test_what_is_said_of_the_whole(facts: dict[str, Any]) -> None:
    assert (facts["planned"], facts["finished"], facts["scale"], facts["metric"]) == (16, 15, 100, "accuracy")
    assert facts["caption"] == (
        "accuracy on validation (dev, 160 examples); mean ± standard deviation of 3 seeds; 1 run is not finished"
    )
    assert [(one["arm"], one["state"]) for one in facts["unfinished"]] == [("late", "failed")]
    assert facts["environment"] == {"same": {"python": "3.11", "threads": 2}, "differing": [], "threads": [2]}
    assert facts["headline"].startswith(
        "2 of 4 arms differ significantly from 'plain' on validation, 1 better and 1 worse; the largest"
    )
    assert [arm["reads_spans"] for arm in facts["arms"]] == [False, True, True, True, False, False]
    curve = facts["arms"][0]["curves"][0]
    assert [point["loss"] for point in curve["loss"]] == pytest.approx([0.6, 0.5])
    assert curve["evaluations"][-1]["score"] == facts["arms"][0]["scores"][0]


def test_runs_of_other_thread_counts_are_named(make_study: Make) -> None:
    folder = make_study({name: {1: [0, 1, 1], 2: [1, 1, 1]} for name in ("plain", "spans")}, [0, 1, 1])
    assert not any("thread" in note for note in notes(facts_of(folder)))
    environment = {"python": "3.11", "threads": 1}
    (folder / "runs" / "spans-2" / "environment.json").write_text(json.dumps(environment), encoding="utf-8")
    facts = facts_of(folder)
    assert (facts["environment"]["differing"], facts["environment"]["threads"]) == (["threads"], [1, 2])
    assert any("different thread counts (1, 2)" in note for note in notes(facts))


def test_arms_that_change_nothing_are_named(make_study: Make) -> None:
    same = {1: [0, 1, 1], 2: [1, 1, 1]}
    made = {"plain": same, "twin": same, "other": {**same, 2: [1, 1, 0]}, "fewer": {1: same[1]}}
    facts = facts_of(make_study(made, [1, 1, 1]))
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
def test_the_headline(make_study: Make, wrong: dict[str, float], seeds: int, expected: str) -> None:
    generator = np.random.default_rng(1)
    made = {
        arm: {seed: (generator.random(200) >= share).astype(int).tolist() for seed in range(seeds)}
        for arm, share in wrong.items()
    }
    assert facts_of(make_study(made, [1] * 200))["headline"].startswith(expected)


def test_the_headline_of_an_unfinished_study(make_study: Make) -> None:
    """Arms with too few seeds are counted as not tested, and their difference is never the largest."""
    generator = np.random.default_rng(1)
    wrong = {"plain": (0.4, 3), "a": (0.4, 3), "b": (0.4, 3), "c": (0.9, 2)}
    made = {
        arm: {seed: (generator.random(200) >= share).astype(int).tolist() for seed in range(seeds)}
        for arm, (share, seeds) in wrong.items()
    }
    waiting: dict[tuple[str, int], dict[str, str]] = {("c", 2): {}, ("d", 0): {}}
    headline = facts_of(make_study(made, [1] * 200, unfinished=waiting))["headline"]
    assert headline.startswith("None of 2 tested arms differs significantly from 'plain' on validation;")
    assert headline.endswith("; 2 arms are not tested.")
    assert "'c'" not in headline


def test_examples_that_were_fixed_and_broken(make_study: Make) -> None:
    made = {
        "plain": {1: [0, 0, 1, 1, 1, 0], 2: [0, 1, 1, 1, 1, 0]},
        "spans": {1: [1, 1, 0, 1, 0, 0], 2: [1, 1, 0, 1, 1, 0]},
    }
    arms = {
        name: {"config": {"data": {"type": "demo", "limit": 6, "limit_from": "start"}, "aggregator": "mean_pool"}}
        for name in made
    }
    folder = make_study(made, [1] * 6, arms=arms)
    found = examples_facts(read_results(StudyReader(folder)))
    assert list(found) == ["spans"]
    own = found["spans"]
    assert (own["fixed"], own["broken"], own["seeds"], own["problem"]) == (1.5, 1.5, [1, 2], "")
    assert [(one["idx"], one["gain"]) for one in own["shown"]] == [(0, 1.0), (1, 0.5), (2, -1.0), (4, -0.5)]
    first = own["shown"][0]
    assert (first["gold"], first["arm"], first["baseline"]) == ("yes", ["yes", "yes"], ["no", "no"])
    words = [first["text"][start:end] for start, end, count in first["spans"] if count == 1]
    assert " ".join(words).split() == words, "the segmenter 'single' gives words"
    assert words[0] == first["text"].split()[0]


def test_texts_of_other_data_are_not_shown(make_study: Make, tmp_path: Path) -> None:
    file = tmp_path / "now.jsonl"
    file.write_text('{"text": "another", "label": 1}\n{"text": "text", "label": 0}\n', encoding="utf-8")
    made = {"plain": {1: [0, 0]}, "spans": {1: [1, 1]}}
    config = {"data": {"type": "jsonl", "files": {"train": str(file), "validation": str(file)}}}
    folder = make_study(made, [1, 1], arms={name: {"config": config} for name in made})
    results = read_results(StudyReader(folder))
    assert examples_facts(results)["spans"]["problem"] == ""
    assert all("text" in one for one in examples_facts(results)["spans"]["shown"])
    for arm in results.arms:
        arm.runs[0].data["validation"]["fingerprint"] = "that of the run"
    own = examples_facts(results)["spans"]
    assert own["problem"] == "the texts can no longer be read: the split 'validation' has changed since the run"
    assert not any("text" in one for one in own["shown"])


def test_texts_and_spans_that_are_gone(make_study: Make) -> None:
    made = {"plain": {1: [0, 0]}, "spans": {1: [1, 1]}}
    arms = {name: {"config": {"data": {"type": "jsonl", "files": {"validation": "gone.jsonl"}}}} for name in made}
    own = examples_facts(read_results(StudyReader(make_study(made, [1, 1], arms=arms))))["spans"]
    assert own["problem"].startswith("the texts can no longer be read: ")
    assert "gone.jsonl" in own["problem"]
    assert [set(one) & {"text", "spans"} for one in own["shown"]] == [set(), set()]


def test_an_aggregator_of_another_package_is_not_searched_for(
    make_study: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(name: str, family: str) -> str:
        raise AssertionError(f"every Python file below the working directory would be read for '{name}'")

    monkeypatch.setattr("spanreg.registry.trust.plugins.hint_for_unregistered", search)
    arms = {"spans": {"config": {"data": {"type": "demo"}, "aggregator": {"type": "not_included"}}}}
    folder = make_study({"plain": {1: [1, 0]}, "spans": {1: [1, 1]}}, [1, 1], arms=arms)
    assert [arm["reads_spans"] for arm in facts_of(folder)["arms"]] == [False, True]
