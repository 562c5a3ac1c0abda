"""The results of a study: scores, comparisons with the baseline of each arm, and errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score, matthews_corrcoef

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.best import best_arms
from spanreg.studies.analyse.results import StudyResults, read_results
from spanreg.studies.define.reserve import rows_of
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.facts import report_facts
from spanreg.studies.report.tables import notes

MakeStudy = Callable[..., Path]
GOLD = np.random.default_rng(0).integers(2, size=200)


def noisy(wrong: float, seed: int, gold: Any = GOLD) -> list[int]:
    """Return the gold labels with a share of wrong ones."""
    flipped = np.random.default_rng(seed).random(len(gold)) < wrong
    return np.where(flipped, 1 - gold, gold).tolist()


def runs(wrong: float, seeds: int = 3, first: int = 0) -> dict[int, list[int]]:
    """Return predictions by seed; ``first`` makes those of two arms independent."""
    return {seed: noisy(wrong, 100 * first + seed) for seed in range(1, seeds + 1)}


def read(folder: Path, **options: Any) -> StudyResults:
    """Return the results of a study folder."""
    return read_results(StudyReader(folder), **options)


def test_results_have_means_deviations_and_a_caption(make_study: MakeStudy) -> None:
    predictions = {"plain": runs(0.4), "spans": runs(0.1, first=1)}
    results = read(make_study(predictions, GOLD.tolist()))
    for arm in results.arms:
        scores = [float((np.array(run) == GOLD).mean()) for run in predictions[arm.name].values()]
        assert (arm.scores, arm.seeds) == (pytest.approx(scores), [1, 2, 3])
        assert (arm.mean, arm.deviation) == (pytest.approx(fmean(scores)), pytest.approx(stdev(scores)))
    assert results.caption == "accuracy on validation (dev, 200 examples); mean ± standard deviation of 3 seeds"
    compared = results.arm("spans").comparison
    assert compared is not None
    assert compared.p_seeds == pytest.approx(
        stats.ttest_rel(results.arm("spans").scores, results.baseline.scores).pvalue
    )
    assert len(compared.mcnemar) == 3
    assert compared.significant
    assert (results.baseline.comparison, results.baseline.against) == (None, None)


def test_a_difference_of_two_seeds_is_never_significant(make_study: MakeStudy) -> None:
    results = read(make_study({"plain": runs(0.4, 2), "spans": runs(0.05, 2, first=1)}, GOLD.tolist()))
    compared = results.arm("spans").comparison
    assert compared is not None
    assert compared.p_examples is not None
    assert compared.p_examples < 0.001
    assert not compared.significant
    assert "mean ± standard deviation of 2 seeds" in results.caption


def test_only_common_seeds_are_compared(make_study: MakeStudy) -> None:
    predictions = {"plain": runs(0.4, 2), "spans": {2: noisy(0.1, 5), 9: noisy(0.2, 6)}, "apart": {7: noisy(0.3, 7)}}
    results = read(make_study(predictions, GOLD.tolist()))
    assert results.arm("spans").comparison is not None
    assert results.arm("spans").comparison.seeds == (2,)
    assert results.arm("apart").comparison is None
    assert "of 1 to 2 seeds" in results.caption


def test_unfinished_runs_are_named(make_study: MakeStudy) -> None:
    states = {("plain", 2): {"state": "failed", "problem": "boom"}, ("late", 1): {}}
    results = read(make_study({"plain": {1: noisy(0.1, 1)}}, GOLD.tolist(), unfinished=states))
    assert [(state.run.arm, state.run.seed, state.state) for state in results.unfinished] == [
        ("plain", 2, "failed"),
        ("late", 1, "waiting"),
    ]
    assert results.caption.endswith("; 2 runs are not finished")
    late = results.arm("late")
    assert (late.mean, late.deviation, late.seconds, late.parameters, late.comparison) == (None,) * 5


def test_a_study_without_finished_runs_is_an_error(make_study: MakeStudy) -> None:
    folder = make_study({}, [], unfinished={("plain", 1): {}})
    with pytest.raises(ConfigurationError, match="no run of the study in .* is finished. run it: spanreg study run"):
        read(folder)


def test_a_metric_that_one_arm_lacks_is_an_error(make_study: MakeStudy) -> None:
    without_f1 = Task("idioms", "classification", ("no", "yes"), ("accuracy",), False)
    predictions = {"plain": runs(0.4), "spans": runs(0.1)}
    folder = make_study(predictions, GOLD.tolist(), tasks={"spans": without_f1}, plan={"metric": "f1"})
    with pytest.raises(ConfigurationError, match="metric: no figure 'f1' in: spans"):
        read(folder)


@pytest.mark.parametrize("gold", [GOLD[:150], 1 - GOLD], ids=["fewer", "other labels"])
def test_arms_that_are_scored_on_different_examples_are_an_error(make_study: MakeStudy, gold: Any) -> None:
    predictions = {"plain": {1: noisy(0.4, 1)}, "spans": {1: noisy(0.1, 2, gold)}}
    folder = make_study(predictions, GOLD.tolist(), golds={"spans": gold.tolist()})
    with pytest.raises(ConfigurationError) as raised:
        read(folder)
    assert "'spans, seed 1' was scored on other examples than 'plain, seed 1'" in str(raised.value)
    assert "runs of the same data must have the same examples" in str(raised.value)


def test_each_task_has_a_baseline(make_study: MakeStudy) -> None:
    names = {(task, kind): f"data.task={task},aggregator={kind}" for task in "ab" for kind in ("none", "cnn")}
    wrong = {("a", "none"): 0.4, ("a", "cnn"): 0.2, ("b", "none"): 0.3, ("b", "cnn"): 0.35}
    gold = {"a": GOLD, "b": GOLD[:120]}
    predictions = {
        name: {seed: noisy(wrong[key], seed + len(name), gold[key[0]]) for seed in (1, 2, 3)}
        for key, name in names.items()
    }
    folder = make_study(
        predictions,
        [],
        arms={name: {"choice": {"data.task": task, "aggregator": kind}} for (task, kind), name in names.items()},
        golds={name: gold[task].tolist() for (task, _), name in names.items()},
        tasks={names["b", kind]: Task("b", "classification", ("n", "y"), ("f1",), False) for kind in ("none", "cnn")},
    )
    results = read(folder)
    assert results.several_tasks
    assert results.caption.startswith("accuracy or f1 on validation (dev, 120 to 200 examples)")
    against = {name: results.arm(name).against for name in names.values()}
    assert against == {
        names["a", "none"]: None,
        names["a", "cnn"]: names["a", "none"],
        names["b", "none"]: None,
        names["b", "cnn"]: names["b", "none"],
    }
    compared = results.arm(names["b", "cnn"]).comparison
    assert compared is not None
    expected = [f1_score(gold["b"], predictions[names["b", kind]][1]) for kind in ("cnn", "none")]
    assert compared.differences[0] == pytest.approx(expected[0] - expected[1])


def test_an_arm_is_compared_only_with_a_baseline_on_the_same_data(make_study: MakeStudy) -> None:
    other = {"type": "csv", "name": "other"}
    configs = {
        "plain": {"data": "demo", "aggregator": "none"},
        "spans": {"data": {"type": "demo"}, "aggregator": "flat_cnn"},
        "plain elsewhere": {"data": other, "aggregator": "none"},
        "spans elsewhere": {"data": other, "aggregator": "flat_cnn"},
        "alone": {"data": {"type": "csv", "name": "alone"}, "aggregator": "flat_cnn"},
        "fewer": {"data": {"type": "demo", "limit": 9}, "aggregator": "none"},
    }
    golds = {"plain elsewhere": GOLD[:90], "spans elsewhere": GOLD[:90], "alone": GOLD[:50]}
    predictions = {
        name: {seed: noisy(0.3, seed, golds.get(name, GOLD)) for seed in (1, 2)} for name in configs if name != "fewer"
    }
    folder = make_study(
        {**predictions, "fewer": {1: noisy(0.2, 7)}},
        GOLD.tolist(),
        arms={name: {"config": config} for name, config in configs.items()},
        golds={name: gold.tolist() for name, gold in golds.items()},
        tasks={"alone": Task("alone", "classification", ("no", "yes"), ("accuracy",), False)},
    )
    results = read(folder)
    assert {arm.name: (arm.task, arm.against, arm.is_baseline) for arm in results.arms} == {
        "plain": ("idioms ('plain')", None, True),
        "spans": ("idioms ('plain')", "plain", False),
        "plain elsewhere": ("idioms ('plain elsewhere')", None, True),
        "spans elsewhere": ("idioms ('plain elsewhere')", "plain elsewhere", False),
        "alone": ("alone", None, False),
        "fewer": ("idioms ('plain')", "plain", False),
    }
    assert results.several_tasks
    assert results.arm("alone").comparison is None
    facts = report_facts(results)
    assert "Not compared, since no arm differs from the baseline only in its data: 'alone'." in notes(facts)
    assert facts["arms"][4]["seconds_ratio"] is None


def test_tasks_are_separate_while_the_baseline_is_not_finished(make_study: MakeStudy) -> None:
    names = {task: f"data.task={task}" for task in "abc"}
    golds = {names["b"]: GOLD[:90].tolist(), names["c"]: GOLD[:50].tolist()}
    folder = make_study(
        {name: {1: gold} for name, gold in golds.items()},
        [],
        arms={name: {"choice": {"data.task": task}} for task, name in names.items()},
        golds=golds,
        plan={"baseline": names["a"]},
        unfinished={(names["a"], 1): {"state": "failed", "problem": "boom"}},
    )
    results = read(folder)
    assert [(arm.name, arm.is_baseline, arm.comparison) for arm in results.arms] == [
        (name, True, None) for name in (names["b"], names["c"], names["a"])
    ]
    assert report_facts(results)["headline"] == f"No arm can be compared with '{names['a']}' on validation yet."


def test_the_headline_names_the_baseline_of_the_task(make_study: MakeStudy) -> None:
    """The task of the study's baseline is not finished, and only one of the other tasks is."""
    names = {task: [f"data.task={task},aggregator={kind}" for kind in ("none", "cnn")] for task in "abc"}
    choices = {
        name: {"choice": {"data.task": task, "aggregator": kind}}
        for task, both in names.items()
        for name, kind in zip(both, ("none", "cnn"), strict=True)
    }
    folder = make_study(
        {names["b"][0]: runs(0.4), names["b"][1]: runs(0.4, first=1)},
        GOLD.tolist(),
        arms=choices,
        plan={"baseline": names["a"][0]},
        unfinished={(name, 1): {} for task in "ac" for name in names[task]},
    )
    results = read(folder)
    assert (results.several_tasks, results.tasks) == (True, ["idioms"])
    facts = report_facts(results)
    assert "significantly from the baseline of their task" in facts["headline"]
    assert [best.task for best in best_arms(StudyReader(folder))] == ["idioms"]


def test_equal_predictions_on_different_tasks_are_not_reported(make_study: MakeStudy) -> None:
    same = {seed: [1] * 50 for seed in (1, 2)}
    folder = make_study(
        {"a": same, "b": same},
        [],
        arms={name: {"choice": {"data.task": name}} for name in "ab"},
        golds={"a": GOLD[:50].tolist(), "b": GOLD[50:100].tolist()},
    )
    assert [arm["same_predictions_as"] for arm in report_facts(read(folder))["arms"]] == [None, None]


def test_equal_spans_are_named_once_for_each_segmentation(make_study: MakeStudy) -> None:
    first = {"data": "demo", "segmenter": "max_match", "aggregator": "hierarchical_cnn"}
    configs = {
        "first": first,
        "released": first | {"segmenter": "released_max_match"},
        "gate": first | {"fusion": "gate"},
        "released_gate": first | {"segmenter": "released_max_match", "fusion": "gate"},
    }
    predictions = {name: runs(0.1 * place) for place, name in enumerate(configs)}
    arms = {name: {"config": config} for name, config in configs.items()}
    facts = report_facts(read(make_study(predictions, GOLD.tolist(), arms=arms)))
    assert [arm["same_spans_as"] for arm in facts["arms"]] == [None, "first", None, None]


def test_the_caption_names_arms_whose_weights_are_chosen_by_a_score(make_study: MakeStudy) -> None:
    last, best = ({"data": "demo", "training": {"load": load}} for load in ("last", "best"))
    folder = make_study(
        {"plain": runs(0.4), "spans": runs(0.1)},
        GOLD.tolist(),
        arms={"plain": {"config": best}, "spans": {"config": last}},
    )
    for file in folder.glob("runs/*/metrics.json"):
        written = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**written, "best": {"figure": "validation.f1", "value": 1, "step": 1}}))
    assert read(folder).caption.endswith("of 3 seeds; weights of plain chosen by validation.f1")
    plan = folder / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace('"last"', '"best"'), encoding="utf-8")
    assert read(folder).caption.endswith("of 3 seeds; weights chosen by validation.f1")


def test_the_caption_names_the_fewer_arms(make_study: MakeStudy) -> None:
    last, best = ({"data": "demo", "training": {"load": load}} for load in ("last", "best"))
    configs = {"plain": best, "spans": best, "flat": last}
    predictions = {name: runs(0.1) for name in configs}
    folder = make_study(predictions, GOLD.tolist(), arms={name: {"config": config} for name, config in configs.items()})
    for file in folder.glob("runs/*/metrics.json"):
        written = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**written, "best": {"figure": "validation.f1", "value": 1, "step": 1}}))
    assert read(folder).caption.endswith("; weights chosen by validation.f1, except those of flat")


def test_reserved_examples_are_not_scored(make_study: MakeStudy) -> None:
    predictions = {"plain": runs(0.4), "spans": runs(0.1, first=1)}
    folder = make_study(predictions, GOLD.tolist(), plan={"reserve": 0.5})
    reported = rows_of(np.arange(200), 0.5, "report")
    for part, rows in (("report", reported), ("choose", ~reported)):
        results = read(folder, part=part)
        expected = (np.array(predictions["plain"][1]) == GOLD)[rows].mean()
        assert results.baseline.scores[0] == pytest.approx(expected)
        assert results.baseline.examples == rows.sum()
    assert ", without those reserved for choosing settings)" in read(folder).caption


def test_a_reserve_without_remaining_examples_is_an_error(make_study: MakeStudy) -> None:
    folder = make_study({"plain": {1: [1]}}, [1], plan={"reserve": 0.9})
    # The only example is in one of the two parts.
    has_examples = {part: rows_of(np.arange(1), 0.9, part).any() for part in ("choose", "report")}
    empty = next(part for part, some in has_examples.items() if not some)
    with pytest.raises(ConfigurationError, match="reserve: one part of the 1 examples of 'validation' is empty"):
        read(folder, part=empty)


def test_a_smaller_loss_is_better(make_study: MakeStudy) -> None:
    predictions = {"plain": runs(0.4), "spans": runs(0.1, first=1)}
    folder = make_study(predictions, GOLD.tolist(), plan={"metric": "loss"})
    file = folder / "runs" / "spans-1" / "metrics.json"
    written = json.loads(file.read_text())
    written["splits"]["validation"]["loss"] = 0.2
    file.write_text(json.dumps(written))
    results = read(folder)
    arm = results.arm("spans")
    assert not arm.greater_is_better
    assert arm.comparison is not None
    assert arm.comparison.difference == pytest.approx(-0.1)
    assert (arm.comparison.p_examples, arm.comparison.mcnemar) == (None, ())


@pytest.mark.parametrize("kind", ["matthews", "regression", "chunks", "multi_label"])
def test_arms_are_compared_on_every_kind_of_task(make_study: MakeStudy, kind: str) -> None:
    generator = np.random.default_rng(3)
    labels, task = {
        # Metrics that are not means over examples, for which there is no McNemar test.
        "matthews": (
            generator.integers(3, size=60),
            Task("m", "classification", tuple("abc"), ("matthews_correlation",), False),
        ),
        "regression": (generator.normal(size=60), Task("r", "regression", (), ("pearson", "spearman"), False)),
        "chunks": (
            generator.integers(3, size=(60, 4)),
            Task("c", "token_classification", ("O", "B-X", "I-X"), ("chunk_f1",), False),
        ),
        "multi_label": (
            generator.integers(2, size=(60, 3)),
            Task("t", "multi_label", tuple("abc"), ("multi_label_f1",), False),
        ),
    }[kind]
    predictions: dict[str, dict[int, Any]] = {
        arm: {
            seed: np.where(generator.random(labels.shape) < wrong, np.roll(labels, 1, 0), labels).tolist()
            for seed in (1, 2, 3)
        }
        for arm, wrong in (("plain", 0.5), ("spans", 0.1))
    }
    results = read(make_study(predictions, labels.tolist(), task))
    compared = results.arm("spans").comparison
    assert compared is not None
    assert compared.mcnemar == ()
    assert compared.p_examples is not None
    assert compared.p_examples < 0.01
    assert compared.low is not None
    assert 0 < compared.low < compared.difference
    if kind == "matthews":
        assert results.baseline.scores[0] == pytest.approx(matthews_corrcoef(labels, predictions["plain"][1]))


def test_scores_that_differ_from_the_predictions_are_an_error(make_study: MakeStudy) -> None:
    folder = make_study({"plain": runs(0.4), "spans": runs(0.1, first=1)}, GOLD.tolist())
    for name, change in (("plain-2", lambda score: score + 0.01), ("spans-3", lambda score: 0.0)):
        file = folder / "runs" / name / "metrics.json"
        metrics = json.loads(file.read_text(encoding="utf-8"))
        metrics["splits"]["validation"]["accuracy"] = change(metrics["splits"]["validation"]["accuracy"])
        file.write_text(json.dumps(metrics), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read(folder)
    text = str(caught.value)
    assert text.count("by its predictions") == 2
    assert "'plain, seed 2': accuracy on validation is " in text
    assert "'spans, seed 3': accuracy on validation is 0.0 in metrics.json, 0." in text
    assert "metrics.json and predictions/ of a run disagree: one of them was changed. remove that run's folder" in text


def test_rounding_errors_of_a_score_are_accepted(make_study: MakeStudy) -> None:
    task = Task("real", "regression", (), ("pearson", "spearman"), False)
    gold = np.random.default_rng(0).normal(size=40).astype(np.float32)
    predictions = {arm: {seed: (gold + seed / 7).tolist() for seed in (1, 2, 3)} for arm in ("plain", "spans")}
    folder = make_study(predictions, gold.tolist(), task)
    file = folder / "runs" / "plain-1" / "metrics.json"
    metrics = json.loads(file.read_text(encoding="utf-8"))
    # As if the labels had been written in single precision.
    metrics["splits"]["validation"]["pearson"] -= 1e-8
    file.write_text(json.dumps(metrics), encoding="utf-8")
    assert read(folder).arm("spans").mean == pytest.approx(1.0)
