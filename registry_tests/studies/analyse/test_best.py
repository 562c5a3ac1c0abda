"""The best arm of each task of a study, its ties, and the score that is reported for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from spanreg.cli.main import main
from spanreg.data.base import Task
from spanreg.executors.local import LocalExecutor
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.best import best_arms
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.reserve import Part, rows_of
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study

MakePlan = Callable[..., StudyPlan]
ARMS = {"plain": {"aggregator": "none"}, "mean": {"aggregator": "mean_pool"}, "max": {"aggregator": "max_pool"}}


@pytest.fixture
def run(make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StudyReader]:
    """Return a function that writes a study of four arms with further keys, without training, and returns it."""
    # Workers call this function, which writes the files of a run without training.
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")

    def make(**keys: object) -> StudyReader:
        run_study(make_plan(arms=ARMS, seeds=[1, 2], **keys), tmp_path / "study", LocalExecutor(), StudyRequest("s"))
        return StudyReader(tmp_path / "study")

    return make


def mean_accuracy(arm: ArmResult, part: Part) -> float:
    """Return the mean accuracy of an arm's runs on one part of the examples, half of which are reserved."""
    scores = []
    for result in arm.runs:
        assert result.predictions is not None
        rows = rows_of(result.predictions.indices, 0.5, part)
        scores.append(float((result.predictions.predictions == result.predictions.labels)[rows].mean()))
    return fmean(scores)


def test_the_best_arm_is_chosen_on_reserved_examples_and_reported_on_the_rest(run: Callable[..., StudyReader]) -> None:
    folder = run(reserve=0.5)
    (best,) = best_arms(folder)
    whole = read_results(folder, part="all")
    chosen = {arm.name: mean_accuracy(arm, "choose") for arm in whole.arms}
    reported = {arm.name: mean_accuracy(arm, "report") for arm in whole.arms}
    assert best.arm == max(chosen, key=lambda name: chosen[name])
    assert best.chosen_by.mean == pytest.approx(chosen[best.arm])
    assert best.reported_on.mean == pytest.approx(reported[best.arm])
    assert best.chosen_by.examples + best.reported_on.examples == whole.examples
    assert best.caption == (
        f"chosen by the mean accuracy on {best.chosen_by.examples} examples of validation,"
        f" reported on the other {best.reported_on.examples}"
    )


def test_a_choice_without_reserved_examples_or_with_missing_runs_warns(
    run: Callable[..., StudyReader], caplog: pytest.LogCaptureFixture
) -> None:
    (best,) = best_arms(run())
    assert "the arm is chosen and reported on the same examples" in caplog.text
    assert not best.apart
    assert best.caption == "chosen by the mean accuracy on validation, reported on the same 50 examples"
    caplog.clear()
    folder = StudyReader(best.chosen[0].runs[0].path.parents[1])
    status = folder.run_path(folder.read().runs_of("plain")[0]) / "status.json"
    status.write_text('{"state": "failed"}', encoding="utf-8")
    best_arms(folder)
    assert "arms have different numbers of finished runs, so the choice is biased: plain 1" in caplog.text


def test_the_best_arm_has_the_smallest_loss(make_study: Callable[..., Path]) -> None:
    folder = make_study({"plain": {1: [1, 1]}, "spans": {1: [1, 0]}}, [1, 1], plan={"metric": "loss"})
    file = folder / "runs" / "spans-1" / "metrics.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"loss": 0.5', '"loss": 0.2'), encoding="utf-8")
    assert [best.arm for best in best_arms(StudyReader(folder))] == ["spans"]


def test_each_task_has_a_best_arm(make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    # Two arms, x and y, on three tasks; the number of their correct predictions of three by task and arm.
    gold = {"a": [1, 1, 0], "b": [1, 0, 0], "c": [0, 0, 1]}
    right = {"ax": 3, "ay": 2, "bx": 1, "by": 2, "cx": 3, "cy": 3}
    predictions = {
        key: [label if row < count else 1 - label for row, label in enumerate(gold[key[0]])]
        for key, count in right.items()
    }
    names = {key: f"data.task={key[0]},aggregator={key[1]}" for key in right}
    folder = make_study(
        {names[key]: {1: predictions[key]} for key in right},
        [],
        arms={name: {"choice": {"data.task": key[0], "aggregator": key[1]}} for key, name in names.items()},
        golds={name: gold[key[0]] for key, name in names.items()},
        tasks={
            name: Task(key[0], "classification", ("no", "yes"), ("accuracy",), False) for key, name in names.items()
        },
    )
    assert [(best.task, best.arm) for best in best_arms(StudyReader(folder))] == [
        ("a", names["ax"]),
        ("b", names["by"]),
        ("c", names["cx"]),
    ]
    assert main(["study", "best", str(folder), "--json"]) == 0
    tasks = json.loads(capsys.readouterr().out)["tasks"]
    assert [(task["task"], task["reported"]["mean"]) for task in tasks] == [
        ("a", 1.0),
        ("b", pytest.approx(2 / 3)),
        ("c", 1.0),
    ]
    assert [task["config"]["data"]["task"] for task in tasks] == ["a", "b", "c"]
    assert all(task["told"] == task["reported"] for task in tasks), "the key of earlier versions"
    assert main(["study", "best", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("task\tarm\tselection score")
    assert f"b, {names['by']}: chosen by the mean accuracy on validation, reported on the same 3 examples" in printed


def test_the_baseline_wins_among_equal_means(make_study: Callable[..., Path]) -> None:
    predictions = {"spans": {1: [1, 0]}, "plain": {1: [0, 1]}, "other": {1: [0, 0]}}
    folder = make_study(predictions, [1, 1], plan={"baseline": "plain"})
    assert [best.arm for best in best_arms(StudyReader(folder))] == ["plain"]


def test_arms_that_differ_only_in_their_task_are_not_compared(make_study: Callable[..., Path]) -> None:
    """In a grid over tasks, arms are compared only within their task."""
    folder = make_study(
        {"easy": {1: [1, 1]}, "hard": {1: [0, 1]}},
        [],
        arms={name: {"choice": {"data.task": name}} for name in ("easy", "hard")},
        golds={"easy": [1, 1], "hard": [1, 0]},
    )
    assert [(best.task, best.arm) for best in best_arms(StudyReader(folder))] == [
        ("idioms ('easy')", "easy"),
        ("idioms ('hard')", "hard"),
    ]


def test_a_missing_study_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no study in"):
        best_arms(StudyReader(tmp_path / "none"))


def random_predictions(right: float, first: int, seeds: int = 3) -> dict[int, list[int]]:
    """Return predictions for 200 examples by seed, a share of which is correct."""
    return {
        seed: (np.random.default_rng(100 * first + seed).random(200) < right).astype(int).tolist()
        for seed in range(1, seeds + 1)
    }


def test_arms_without_a_significant_difference_are_tied(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    predictions = {
        "plain": random_predictions(0.5, 0),
        "spans": random_predictions(0.82, 1),
        "cnn": random_predictions(0.8, 2),
    }
    folder = make_study(predictions, [1] * 200)
    (best,) = best_arms(StudyReader(folder))
    assert (best.arm, best.tied) == ("spans", ("cnn",))
    assert best.verdict == "A tie: 'spans' has the best mean, tied with 'cnn' (the difference is not significant)."
    assert main(["study", "best", str(folder)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[-1] for line in printed[1:4]] == ["", "chosen, tied", "tied"]
    assert printed[-1] == best.verdict
    assert main(["study", "best", str(folder), "--json"]) == 0
    (task,) = json.loads(capsys.readouterr().out)["tasks"]
    assert (task["tied"], task["verdict"]) == (["cnn"], best.verdict)


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        (
            {"plain": random_predictions(0.3, 0), "spans": random_predictions(0.9, 1)},
            "'spans' is significantly better than every other arm.",
        ),
        (
            {"plain": random_predictions(0.8, 0), "same": random_predictions(0.8, 0)},
            "A tie: 'plain' has the best mean, tied with 'same' (the",
        ),
        (
            {"plain": random_predictions(0.3, 0, 2), "spans": random_predictions(0.9, 1, 2)},
            "tied with 'plain' (fewer than 3 seeds cannot be",
        ),
        ({"plain": random_predictions(0.3, 0)}, ""),
    ],
    ids=["clear", "equal", "two seeds", "one arm"],
)
def test_the_verdict_names_a_clear_choice_or_a_tie(
    make_study: Callable[..., Path], arms: dict[str, object], expected: str
) -> None:
    (best,) = best_arms(StudyReader(make_study(arms, [1] * 200)))
    assert expected in best.verdict
    assert bool(best.verdict) == bool(expected)
