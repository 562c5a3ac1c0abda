"""The best arm of a study, and the report about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spanreg.cli.main import main
from spanreg.data.base import Task
from spanreg.executors.local import LocalExecutor
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.best import best_arms
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.reserve import rows_of
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study

MakePlan = Callable[..., StudyPlan]
ARMS = {"plain": {"aggregator": "none"}, "mean": {"aggregator": "mean_pool"}, "max": {"aggregator": "max_pool"}}


@pytest.fixture
def run(make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StudyReader]:
    """Write the folder of a study with these keys, as if it had run."""
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")

    def make(**keys: object) -> StudyReader:
        run_study(make_plan(arms=ARMS, seeds=[1, 2], **keys), tmp_path / "study", LocalExecutor(), StudyRequest("s"))
        return StudyReader(tmp_path / "study")

    return make


def test_chosen_on_some_examples_and_told_of_the_others(run: Callable[..., StudyReader]) -> None:
    folder = run(reserve=0.5)
    (best,) = best_arms(folder)
    means: dict[str, float] = {}
    whole = read_results(folder, part="all")
    for arm in whole.arms:
        scores = []
        for result in arm.runs:
            assert result.predictions is not None
            rows = rows_of(result.predictions.indices, 0.5, "choose")
            scores.append(float((result.predictions.predictions == result.predictions.labels)[rows].mean()))
        means[arm.name] = sum(scores) / len(scores)
    assert best.arm == max(means, key=lambda name: means[name])
    assert best.chosen_by.mean == pytest.approx(means[best.arm])
    assert best.chosen_by.examples + best.reported_on.examples == whole.examples
    assert best.caption == (
        f"chosen by the mean accuracy on {best.chosen_by.examples} examples of validation,"
        f" reported on the other {best.reported_on.examples}"
    )


def test_without_examples_kept_it_warns(run: Callable[..., StudyReader], caplog: pytest.LogCaptureFixture) -> None:
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


def test_the_smaller_loss_is_the_better(make_study: Callable[..., Path]) -> None:
    folder = make_study({"plain": {1: [1, 1]}, "spans": {1: [1, 0]}}, [1, 1], plan={"metric": "loss"})
    file = folder / "runs" / "spans-1" / "metrics.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"loss": 0.5', '"loss": 0.2'), encoding="utf-8")
    assert [best.arm for best in best_arms(StudyReader(folder))] == ["spans"]


def test_each_task_has_a_best_arm_of_its_own(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    gold = {"a": [1, 1, 0], "b": [1, 0, 0], "c": [0, 0, 1]}
    right = {"ax": 3, "ay": 2, "bx": 1, "by": 2, "cx": 3, "cy": 3}
    made = {key: [label if i < right[key] else 1 - label for i, label in enumerate(gold[key[0]])] for key in right}
    names = {key: f"data.task={key[0]},aggregator={key[1]}" for key in right}
    folder = make_study(
        {names[key]: {1: made[key]} for key in right},
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
    assert [(one["task"], one["reported"]["mean"]) for one in tasks] == [
        ("a", 1.0),
        ("b", pytest.approx(2 / 3)),
        ("c", 1.0),
    ]
    assert [one["config"]["data"]["task"] for one in tasks] == ["a", "b", "c"]
    assert all(one["told"] == one["reported"] for one in tasks), "scripts may read the former key"
    assert main(["study", "best", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("task\tarm\tselection score")
    assert f"b, {names['by']}: chosen by the mean accuracy on validation, reported on the same 3 examples" in printed


def test_of_equals_the_baseline_is_taken(make_study: Callable[..., Path]) -> None:
    made = {"spans": {1: [1, 0]}, "plain": {1: [0, 1]}, "other": {1: [0, 0]}}
    folder = make_study(made, [1, 1], plan={"baseline": "plain"})
    assert [best.arm for best in best_arms(StudyReader(folder))] == ["plain"]


def test_tasks_alone_are_no_arms_to_choose_from(make_study: Callable[..., Path]) -> None:
    """In a grid over tasks, arms are compared within their task alone, whatever the scores of other tasks."""
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


def test_nothing_to_choose_from(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no study in"):
        best_arms(StudyReader(tmp_path / "none"))


def answered(right: float, first: int, seeds: int = 3) -> dict[int, list[int]]:
    """Return predictions for 200 examples by seed, a share of which is correct."""
    return {
        seed: (np.random.default_rng(100 * first + seed).random(200) < right).astype(int).tolist()
        for seed in range(1, seeds + 1)
    }


def test_arms_that_the_test_cannot_tell_apart_are_tied(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    made = {"plain": answered(0.5, 0), "spans": answered(0.82, 1), "cnn": answered(0.8, 2)}
    folder = make_study(made, [1] * 200)
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
            {"plain": answered(0.3, 0), "spans": answered(0.9, 1)},
            "'spans' is significantly better than every other arm.",
        ),
        (
            {"plain": answered(0.8, 0), "same": answered(0.8, 0)},
            "A tie: 'plain' has the best mean, tied with 'same' (the",
        ),
        (
            {"plain": answered(0.3, 0, 2), "spans": answered(0.9, 1, 2)},
            "tied with 'plain' (fewer than 3 seeds cannot be",
        ),
        ({"plain": answered(0.3, 0)}, ""),
    ],
    ids=["clear", "equal", "two seeds", "one arm"],
)
def test_what_is_said_of_the_choice(make_study: Callable[..., Path], arms: dict[str, object], expected: str) -> None:
    (best,) = best_arms(StudyReader(make_study(arms, [1] * 200)))
    assert expected in best.verdict
    assert bool(best.verdict) == bool(expected)
