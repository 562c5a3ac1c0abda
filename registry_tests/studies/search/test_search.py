"""A search on a tiny encoder: killed, resumed, and its best setting as an arm."""

from __future__ import annotations

import errno
import json
import logging
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optuna.trial import TrialState

from registry_tests.in_process import InProcessExecutor
from spanreg.executors import Executor
from spanreg.executors.local import LocalExecutor
from spanreg.metrics import Metric
from spanreg.metrics.accuracy import Accuracy
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError, Params, include_package
from spanreg.storage import UnwrittenError
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.reserve import rows_of
from spanreg.studies.define.spaces.search_space import SearchConfig
from spanreg.studies.execute.folder import StudyWriter
from spanreg.studies.execute.run import StudyRequest, record_of
from spanreg.studies.search import trials as trials_module
from spanreg.studies.search.found_arms import with_found_arms
from spanreg.studies.search.requested_search import direction_of
from spanreg.studies.search.search import SearchResult, search_setting
from spanreg.studies.search.trials import (
    SearchTrial,
    all_trials,
    begin_trial,
    best_trial,
    held_trial,
    open_trials,
    resume_trials,
)

MakePlan = Callable[..., StudyPlan]
SEARCH = {
    "space": {
        "training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
        "aggregator.kernel_size": [1, 3],
    },
    "trials": 4,
}
KILL_ONCE = """
import os, pathlib, signal
from spanreg.callbacks import Callback

@Callback.register("kill_once")
class KillOnce(Callback):
    def __init__(self, mark: str, at: int) -> None:
        self.mark, self.at = pathlib.Path(mark), at

    def on_train_begin(self, args, state, control, **kwargs):
        if not self.mark.exists() and args.output_dir.endswith(f"{self.at:04}"):
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
"""
"A callback that kills its process once, when the trial of number ``at`` starts to train."


def run_search(plan: StudyPlan, folder: Path, executor: Executor | None = None) -> SearchResult:
    """Return the result of the search of a plan in a study folder."""
    return search_setting(plan, folder, executor or InProcessExecutor(), StudyRequest("s"))


def settings_and_scores(result: SearchResult) -> list[tuple[dict[str, Any], float | None]]:
    """Return the setting and the score of each trial."""
    return [(trial.setting, trial.value) for trial in result.trials]


@pytest.fixture
def plan(make_plan: MakePlan) -> StudyPlan:
    """Return the plan of a study with the search ``SEARCH``."""
    return make_plan(search=SEARCH)


def test_the_best_setting_becomes_an_arm(plan: StudyPlan, tmp_path: Path) -> None:
    result = run_search(plan, tmp_path / "s")
    assert [trial.state for trial in result.trials] == ["finished"] * 4
    assert result.best.value == max(trial.value or 0 for trial in result.trials)
    written = json.loads((tmp_path / "s" / "search" / "trials.json").read_text(encoding="utf-8"))
    assert [trial["setting"] for trial in written["trials"]] == [trial.setting for trial in result.trials]
    extended = with_found_arms(plan, tmp_path / "s")
    assert [arm.name for arm in extended.arms] == ["base", "found"]
    arm = extended.arm("found")
    assert arm.seeds == (1, 2, 3)
    assert arm.config["aggregator"]["kernel_size"] == result.best.setting["aggregator.kernel_size"]
    assert arm.config["training"]["learning_rate"] == result.best.setting["training.learning_rate"]
    idle = InProcessExecutor()
    assert settings_and_scores(run_search(plan, tmp_path / "s", idle)) == settings_and_scores(result)
    assert idle.calls == 0, "a finished search makes no trials"


@pytest.mark.usefixtures("warm_processes")
def test_a_killed_search_resumes_with_the_same_results(
    make_plan: MakePlan, base: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "killer.py").write_text(KILL_ONCE, encoding="utf-8")
    request = StudyRequest("s", included=[str(tmp_path / "killer.py")])
    callback = {"type": "kill_once", "mark": str(tmp_path / "mark"), "at": 1}
    uninterrupted = run_search(make_plan(search=SEARCH), tmp_path / "whole")
    include_package(str(tmp_path / "killer.py"))
    base["training"]["callbacks"] = [callback]
    plan = make_plan(base=base, search=SEARCH, retries=0)
    # The first trial is finished, and the second has started.
    with pytest.raises(ConfigurationError, match=r"after 2 of 4 trials: its process was killed \(SIGKILL\)"):
        search_setting(plan, tmp_path / "killed", LocalExecutor(threads=1), request)
    result = search_setting(plan, tmp_path / "killed", InProcessExecutor(), request)
    assert settings_and_scores(result) == settings_and_scores(uninterrupted)


def test_a_full_disk_stops_the_search_and_its_trial_is_repeated(
    plan: StudyPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninterrupted = run_search(plan, tmp_path / "whole")
    save, calls = SpanModel.save_pretrained, []

    def fail_once(model: SpanModel, *arguments: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(model, *arguments, **options)

    monkeypatch.setattr(SpanModel, "save_pretrained", fail_once)
    executor = InProcessExecutor()
    result = run_search(plan, tmp_path / "full", executor)
    assert settings_and_scores(result) == settings_and_scores(uninterrupted)
    assert executor.calls == 2, "the trial is repeated"
    assert not [trial for trial in result.trials if trial.problem]


def test_bad_trials_are_pruned_or_fail(make_plan: MakePlan, base: dict[str, Any], tmp_path: Path) -> None:
    base["training"] |= {"epochs": 3, "evaluate_every": 1}
    space = {"training.learning_rate": [1e-2, 1e-9, 1e-8, 1e-7, 1e-6, 1e30]}
    result = run_search(make_plan(base=base, search={"space": space, "trials": 6, "startup": 1}), tmp_path / "s")
    # The loss of 1e30 is not finite, and rates below 1e-5 leave the accuracy below that of 1e-2.
    assert {trial.state for trial in result.trials} == {"finished", "pruned", "failed"}
    assert result.best.state == "finished"
    failed = [trial for trial in result.trials if trial.state == "failed"]
    assert all(trial.problem for trial in failed)


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_trials_without_a_finite_figure_fail(figure: float, make_plan: MakePlan, tmp_path: Path) -> None:
    @Metric.register("undefined_figure", exist_ok=True)
    class UndefinedFigure(Metric):
        """A user's metric that cannot be computed."""

        figures = ("undefined",)

        def __call__(self, predictions: Any, labels: Any) -> dict[str, float]:
            return {"undefined": figure}

    plan = make_plan(search={**SEARCH, "trials": 2}, metric={"type": "undefined_figure"})
    with pytest.raises(ConfigurationError, match=rf"none of 2 trials has a figure: metric: .*'undefined' is {figure}"):
        run_search(plan, tmp_path / "s")


@pytest.mark.parametrize("figure", [math.nan, math.inf])
def test_a_result_has_no_figure_that_is_not_finite(figure: float) -> None:
    search = SearchConfig.from_params(Params({**SEARCH, "trials": 2}))
    trials = open_trials("sqlite://", "s", search, "maximize")
    pruned = begin_trial(trials, search)
    assert pruned is not None
    pruned.report(figure, step=1)
    trials.tell(pruned, state=TrialState.PRUNED)
    # As an earlier version recorded it.
    finished = begin_trial(trials, search)
    assert finished is not None
    trials.tell(finished, math.inf)
    assert [trial.value for trial in all_trials(trials)] == [None, None]
    assert best_trial(trials) is None


def test_more_trials_extend_a_search_and_another_setting_starts_a_new_one(make_plan: MakePlan, tmp_path: Path) -> None:
    def plan(trials: int, **keys: Any) -> StudyPlan:
        return make_plan(search={**SEARCH, "trials": trials, **keys})

    first = run_search(plan(1), tmp_path / "s")
    extended = run_search(plan(2), tmp_path / "s")
    assert settings_and_scores(extended)[:1] == settings_and_scores(first)
    assert len(extended.trials) == 2
    assert [arm.name for arm in with_found_arms(plan(2, startup=1), tmp_path / "s").arms] == ["base"]


def test_the_metric_decides_whether_the_search_maximizes(plan: StudyPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert direction_of(plan.study) == "maximize"
    monkeypatch.setattr(Accuracy, "greater_is_better", False)
    assert direction_of(plan.study) == "minimize"


def test_the_best_trial_has_the_smallest_loss(make_plan: MakePlan, tmp_path: Path) -> None:
    result = run_search(make_plan(search=SEARCH, metric="loss"), tmp_path / "s")
    figures = [trial.value for trial in result.trials if trial.value is not None]
    assert len(set(figures)) > 1
    assert result.best.value == min(figures)


def test_an_outdated_best_setting_does_not_become_an_arm(
    plan: StudyPlan, base: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_search(plan, tmp_path / "s")
    Path(base["dictionary"]["corpus"]).write_text("another text\n", encoding="utf-8")
    with caplog.at_level(logging.WARNING, "spanreg"):
        assert [arm.name for arm in with_found_arms(plan, tmp_path / "s").arms] == ["base"]
    assert "is outdated, since base, space, data or code have changed" in caplog.text


def test_a_lost_result_of_a_search_is_reported(
    make_plan: MakePlan, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = record_of(make_plan(arms={"found": {"aggregator": "none"}}), StudyRequest("s"), None)
    (tmp_path / "s").mkdir()
    with caplog.at_level(logging.WARNING, "spanreg"):
        with_found_arms(make_plan(search=SEARCH), tmp_path / "s")
        assert not caplog.text, "no search was made yet"
        StudyWriter(tmp_path / "s").write(found)
        assert [arm.name for arm in with_found_arms(make_plan(search=SEARCH), tmp_path / "s").arms] == ["base"]
    assert "has no result of a search, so the arms that were found by one leave the study: found" in caplog.text


def test_trials_are_scored_on_the_reserved_examples_alone(make_plan: MakePlan, tmp_path: Path) -> None:
    result = run_search(make_plan(search={**SEARCH, "trials": 1}, reserve=0.5), tmp_path / "s")
    folder = next((tmp_path / "s" / "search").glob("s-*/trial-0000"))
    assert not (folder / "model").exists()
    lines = (folder / "predictions" / "validation.jsonl").read_text(encoding="utf-8").splitlines()
    predictions = [json.loads(line) for line in lines]
    right = np.array([one["label"] == one["prediction"] for one in predictions])
    chosen = rows_of(np.array([one["idx"] for one in predictions]), 0.5, "choose")
    assert result.best.value == pytest.approx(right[chosen].mean())
    splits = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["splits"]
    assert result.best.value != splits["validation"]["accuracy"]


def test_a_watcher_receives_the_trials(make_plan: MakePlan, tmp_path: Path) -> None:
    seen: list[tuple[Path, list[SearchTrial]]] = []
    plan = make_plan(search={**SEARCH, "trials": 2})
    result = search_setting(
        plan, tmp_path / "s", InProcessExecutor(), StudyRequest("s"), watch=lambda *view: seen.append(view)
    )
    assert seen[0][1] == []
    assert seen[-1][1] == result.trials
    assert all((seen[-1][0] / trial.folder).is_dir() for trial in result.trials)


def test_an_executor_gets_one_call_per_job(make_plan: MakePlan, tmp_path: Path) -> None:
    executor = InProcessExecutor()
    executor.jobs = 2
    assert len(run_search(make_plan(search={**SEARCH, "trials": 1}), tmp_path / "s", executor).trials) == 1
    assert executor.calls == 2


def test_concurrent_workers_propose_different_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each worker counts the trials before any other worker has started one.
    monkeypatch.setattr("spanreg.studies.search.trials.spent", lambda trials: 0)
    search = SearchConfig.from_params(Params({**SEARCH, "trials": 2}))
    storage = f"sqlite:///{tmp_path / 'trials.db'}"
    workers = [open_trials(storage, "s", search, "maximize") for _ in range(3)]
    started = [begin_trial(worker, search) for worker in workers]
    assert [trial is not None for trial in started] == [True, True, False]
    rates = [trial.suggest_float("rate", 0, 1) for trial in started if trial is not None]
    assert len(set(rates)) == 2
    # One worker alone proposes the same settings, one after the other.
    alone = open_trials("sqlite://", "t", search, "maximize")
    for rate in rates:
        trial = begin_trial(alone, search)
        assert trial is not None
        assert trial.suggest_float("rate", 0, 1) == rate


def test_only_trials_without_a_live_process_are_repeated(tmp_path: Path) -> None:
    """Jobs of a cluster may outlive their driver, and others may share the storage."""
    search = SearchConfig.from_params(Params({**SEARCH, "trials": 9}))
    trials = open_trials(f"sqlite:///{tmp_path / 'trials.db'}", "s", search, "maximize")
    alive, elsewhere, killed = (begin_trial(trials, search) for _ in range(3))
    assert alive
    assert elsewhere
    assert killed
    for trial in (alive, elsewhere, killed):
        trial.suggest_float("rate", 0, 1)
    # A trial whose lock was released without an end is one whose process was killed.
    with held_trial(elsewhere, tmp_path / "other"), held_trial(killed, tmp_path / "own"):
        pass
    with held_trial(alive, tmp_path / "own"):
        resume_trials(trials, tmp_path / "own")
    states = [trial.state.name for trial in trials.get_trials()]
    assert states == ["RUNNING", "RUNNING", "FAIL", "WAITING"]
    assert trials.get_trials()[3].system_attrs["fixed_params"] == killed.params


def test_a_search_stops_if_the_code_changes(plan: StudyPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.studies.define.inputs.code_hash", lambda *_: "another")
    with pytest.raises(
        ConfigurationError, match="stopped after 0 of 4 trials: changed since the study started: the code. "
    ):
        run_search(plan, tmp_path / "s")


def test_searches_that_cannot_start_are_reported(make_plan: MakePlan, base: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"search: the study has no search. add search: "):
        run_search(make_plan(), tmp_path / "s")
    unscored = {**base, "training": {**base["training"], "metric": "f2"}}
    with pytest.raises(ConfigurationError, match=r"none of 1 trials has a figure: training.metric: .* no metric 'f2'"):
        run_search(make_plan(base=unscored, search={**SEARCH, "trials": 1}), tmp_path / "s")
    plan = make_plan(search=SEARCH)
    plan.study.split = "test"
    with pytest.raises(ConfigurationError, match=r"split: there is no scored split 'test' in: base"):
        run_search(plan, tmp_path / "s")
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "letter.txt").touch()
    with pytest.raises(ConfigurationError, match="contains files that are not a study's"):
        run_search(make_plan(search=SEARCH), tmp_path / "t")


def test_a_resumed_search_removes_the_weights_of_a_killed_trial(tmp_path: Path) -> None:
    search = SearchConfig.from_params(Params({**SEARCH, "trials": 9}))
    trials = open_trials(f"sqlite:///{tmp_path / 'trials.db'}", "s", search, "maximize")
    killed = begin_trial(trials, search)
    assert killed
    killed.suggest_float("rate", 0, 1)
    killed.set_user_attr("folder", "trial-0000")
    for name in ("checkpoints/step-1", ".model.abc.part", "predictions"):
        (tmp_path / "own" / "trial-0000" / name).mkdir(parents=True)
    with held_trial(killed, tmp_path / "own"):
        pass

    def fail(path: Path) -> None:
        raise UnwrittenError("the disk is full")

    # A disk that is full while the trial is removed must not end the trial, or no later search would remove it.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials_module, "discard_weights", fail)
        with pytest.raises(UnwrittenError):
            resume_trials(trials, tmp_path / "own")
    resume_trials(trials, tmp_path / "own")
    assert [path.name for path in (tmp_path / "own" / "trial-0000").iterdir()] == ["predictions"]


def test_a_damaged_storage_is_reported_in_one_line(plan: StudyPlan, tmp_path: Path) -> None:
    database = tmp_path / "s" / "search" / "trials.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"SQLite format 3\0" + bytes(5000))
    with pytest.raises(ConfigurationError) as caught:
        run_search(plan, tmp_path / "s")
    assert str(caught.value).startswith("search.storage: the storage of the trials cannot be used (")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("folder", ["../elsewhere", "/tmp", ".", "a/b", 3, [], None])
def test_no_folder_outside_the_search_is_removed(tmp_path: Path, folder: Any) -> None:
    """A search removes the folders that the storage names, and the storage may come from a stranger."""
    search = SearchConfig.from_params(Params({**SEARCH, "trials": 9}))
    trials = open_trials(f"sqlite:///{tmp_path / 'trials.db'}", "s", search, "maximize")
    trial = begin_trial(trials, search)
    assert trial
    trial.set_user_attr("folder", folder)
    for place in ("elsewhere", "own", "own/a/b"):
        (tmp_path / place / "model").mkdir(parents=True)
    with held_trial(trial, tmp_path / "own"):
        pass
    resume_trials(trials, tmp_path / "own")
    assert trials.get_trials()[0].state.name == "FAIL"
    assert all((tmp_path / place / "model").exists() for place in ("elsewhere", "own", "own/a/b"))


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ({}, "'best' is missing"),
        ({"search": "k", "trials": [], "best": None}, "'best' is null, where an object is expected"),
        ({"search": "k", "trials": [], "best": {"setting": []}}, "'best.setting' is a list, where an object is"),
    ],
)
def test_a_damaged_trials_file_is_reported_with_its_fix(
    plan: StudyPlan, tmp_path: Path, written: dict[str, Any], fault: str
) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "trials.json").write_text(json.dumps(written))
    with pytest.raises(ConfigurationError, match=f"trials.json is damaged: {fault}.*remove it, and search again"):
        with_found_arms(plan, tmp_path)
