"""The setting that is chosen, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.executors.local import Local
from spanreg.registry import ConfigurationError
from spanreg.studies.best import best_arm
from spanreg.studies.folder import StudyFolder
from spanreg.studies.plan import StudyPlan
from spanreg.studies.reserve import rows_of
from spanreg.studies.results import read_results
from spanreg.studies.run import Asked, run_study

Make = Callable[..., StudyPlan]
ARMS = {"plain": {"aggregator": "none"}, "mean": {"aggregator": "mean_pool"}, "max": {"aggregator": "max_pool"}}


@pytest.fixture
def run(make_plan: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StudyFolder]:
    """Pretends to run a study with these keys."""
    monkeypatch.setattr("spanreg.studies.run._WORK", "spanreg.benchmarks.pretended:execute")

    def make(**keys: object) -> StudyFolder:
        run_study(make_plan(arms=ARMS, seeds=[1, 2], **keys), tmp_path / "study", Local(), Asked("s"))
        return StudyFolder(tmp_path / "study")

    return make


def test_chosen_on_some_examples_and_told_of_the_others(run: Callable[..., StudyFolder]) -> None:
    folder = run(reserve=0.5)
    best = best_arm(folder)
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
    assert best.chosen.arm(best.arm).mean == pytest.approx(means[best.arm])
    assert best.chosen.examples + best.reported.examples == whole.examples
    assert best.caption == (
        f"chosen by the mean accuracy on {best.chosen.examples} examples of validation,"
        f" told of the other {best.reported.examples}"
    )


def test_without_examples_kept_it_warns(run: Callable[..., StudyFolder], caplog: pytest.LogCaptureFixture) -> None:
    best = best_arm(run())
    assert "choice and figure are on the same examples" in caplog.text
    assert not best.apart
    assert best.caption == "chosen by the mean accuracy on validation and told of the same 50 examples"
    caplog.clear()
    folder = StudyFolder(best.chosen.arms[0].runs[0].path.parents[1])
    status = folder.run_path(folder.read().runs_of("plain")[0]) / "status.json"
    status.write_text('{"state": "failed"}', encoding="utf-8")
    best_arm(folder)
    assert "arms have different numbers of finished runs, so the choice is not even-handed: plain 1" in caplog.text


def test_the_smaller_loss_is_the_better(make_study: Callable[..., Path]) -> None:
    folder = make_study({"plain": {1: [1, 1]}, "spans": {1: [1, 0]}}, [1, 1], plan={"metric": "loss"})
    file = folder / "runs" / "spans-1" / "metrics.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"loss": 0.5', '"loss": 0.2'), encoding="utf-8")
    assert best_arm(StudyFolder(folder)).arm == "spans"


def test_tasks_are_not_held_against_one_another(make_study: Callable[..., Path]) -> None:
    names = {f"data.task={task},k={kind}": (task, kind) for task in "abc" for kind in "xy"}
    gold = {"a": [1, 1], "b": [1, 0], "c": [0, 0, 1]}
    folder = make_study(
        {name: {1: gold[task]} for name, (task, _) in names.items()},
        [],
        arms={name: {"choice": {"data.task": task, "k": kind}} for name, (task, kind) in names.items()},
        golds={name: gold[task] for name, (task, _) in names.items()},
    )
    with pytest.raises(ConfigurationError, match="figures of several tasks cannot be held against one another"):
        best_arm(StudyFolder(folder))


def test_nothing_to_choose_from(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no study in"):
        best_arm(StudyFolder(tmp_path / "none"))
