"""A search with a tiny encoder: killed, resumed, and its best setting as an arm."""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.executors import Executor
from spanreg.executors.local import LocalExecutor
from spanreg.metrics.accuracy import Accuracy
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import UnwrittenError
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.spaces.search_space import SearchConfig
from spanreg.studies.execute.run import StudyRequest
from spanreg.studies.search import trials as trials_module
from spanreg.studies.search.found_arms import with_found_arms
from spanreg.studies.search.requested_search import direction_of
from spanreg.studies.search.search import SearchResult, search_setting
from spanreg.studies.search.trials import SearchTrial, begin_trial, held_trial, open_trials, resume_trials

Make = Callable[..., StudyPlan]
SEARCH = {
    "space": {
        "training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
        "aggregator.kernel_size": [1, 3],
    },
    "trials": 4,
}
KILLER = """
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


def searched(plan: StudyPlan, folder: Path, executor: Executor | None = None) -> SearchResult:
    return search_setting(plan, folder, executor or InProcessExecutor(), StudyRequest("s"))


def told(found: SearchResult) -> list[tuple[dict[str, Any], float | None]]:
    return [(trial.setting, trial.value) for trial in found.trials]


@pytest.fixture
def plan(make_plan: Make) -> StudyPlan:
    return make_plan(search=SEARCH)


def test_the_best_setting_becomes_an_arm(plan: StudyPlan, tmp_path: Path) -> None:
    found = searched(plan, tmp_path / "s")
    assert [trial.state for trial in found.trials] == ["finished"] * 4
    assert found.best.value == max(trial.value or 0 for trial in found.trials)
    written = json.loads((tmp_path / "s" / "search" / "trials.json").read_text(encoding="utf-8"))
    assert [trial["setting"] for trial in written["trials"]] == [trial.setting for trial in found.trials]
    more = with_found_arms(plan, tmp_path / "s")
    assert [arm.name for arm in more.arms] == ["base", "found"]
    arm = more.arm("found")
    assert arm.seeds == (1, 2, 3)
    assert arm.config["aggregator"]["kernel_size"] == found.best.setting["aggregator.kernel_size"]
    assert arm.config["training"]["learning_rate"] == found.best.setting["training.learning_rate"]
    again = InProcessExecutor()
    assert told(searched(plan, tmp_path / "s", again)) == told(found)
    assert again.calls == 0, "a finished search makes nothing"


@pytest.mark.usefixtures("warm_processes")
def test_a_killed_search_goes_on_as_if_it_had_not_been(make_plan: Make, base: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "killer.py").write_text(KILLER, encoding="utf-8")
    asked = StudyRequest("s", included=[str(tmp_path / "killer.py")])
    callback = {"type": "kill_once", "mark": str(tmp_path / "mark"), "at": 1}
    whole = searched(make_plan(search=SEARCH), tmp_path / "whole")
    from spanreg.registry import include_package

    include_package(str(tmp_path / "killer.py"))
    base["training"]["callbacks"] = [callback]
    plan = make_plan(base=base, search=SEARCH, retries=0)
    with pytest.raises(ConfigurationError, match=r"after 2 of 4 trials: its process was killed \(SIGKILL\)"):
        search_setting(plan, tmp_path / "killed", LocalExecutor(threads=1), asked)
    found = search_setting(plan, tmp_path / "killed", InProcessExecutor(), asked)
    assert told(found) == told(whole)


def test_a_full_disk_is_not_the_fault_of_a_setting(
    plan: StudyPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = searched(plan, tmp_path / "whole")
    save, calls = SpanModel.save_pretrained, []

    def full(model: SpanModel, *arguments: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(model, *arguments, **options)

    monkeypatch.setattr(SpanModel, "save_pretrained", full)
    executor = InProcessExecutor()
    found = searched(plan, tmp_path / "full", executor)
    assert told(found) == told(whole), "the trial was repeated"
    assert executor.calls == 2
    assert not [trial for trial in found.trials if trial.problem]


def test_bad_trials_end_early(make_plan: Make, base: dict[str, Any], tmp_path: Path) -> None:
    base["training"] |= {"epochs": 3, "evaluate_every": 1}
    space = {"training.learning_rate": [1e-2, 1e-9, 1e-8, 1e-7, 1e-6, 1e30]}
    found = searched(make_plan(base=base, search={"space": space, "trials": 6, "startup": 1}), tmp_path / "s")
    states = {trial.state for trial in found.trials}
    assert states <= {"finished", "pruned", "failed"}
    assert found.best.state == "finished"
    failed = [trial for trial in found.trials if trial.state == "failed"]
    assert all(trial.problem for trial in failed)


def test_more_trials_are_added_and_another_space_begins_anew(make_plan: Make, tmp_path: Path) -> None:
    def plan(trials: int, **keys: Any) -> StudyPlan:
        return make_plan(search={**SEARCH, "trials": trials, **keys})

    one = searched(plan(1), tmp_path / "s")
    two = searched(plan(2), tmp_path / "s")
    assert told(two)[:1] == told(one)
    assert len(two.trials) == 2
    assert [arm.name for arm in with_found_arms(plan(2, startup=1), tmp_path / "s").arms] == ["base"]


def test_a_metric_says_whether_large_figures_are_good(plan: StudyPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert direction_of(plan.study) == "maximize"
    monkeypatch.setattr(Accuracy, "greater_is_better", False)
    assert direction_of(plan.study) == "minimize"


def test_where_small_figures_are_good_the_smallest_is_best(make_plan: Make, tmp_path: Path) -> None:
    found = searched(make_plan(search=SEARCH, metric="loss"), tmp_path / "s")
    figures = [trial.value for trial in found.trials if trial.value is not None]
    assert len(set(figures)) > 1
    assert found.best.value == min(figures)


def test_the_best_of_other_data_is_no_arm(
    plan: StudyPlan, base: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    searched(plan, tmp_path / "s")
    Path(base["dictionary"]["corpus"]).write_text("another text\n", encoding="utf-8")
    with caplog.at_level(logging.WARNING, "spanreg"):
        assert [arm.name for arm in with_found_arms(plan, tmp_path / "s").arms] == ["base"]
    assert "is outdated, since base, space, data or code have changed" in caplog.text


def test_kept_examples_alone_choose(make_plan: Make, tmp_path: Path) -> None:
    found = searched(make_plan(search={**SEARCH, "trials": 1}, reserve=0.5), tmp_path / "s")
    folder = next((tmp_path / "s" / "search").glob("s-*/trial-0000"))
    whole = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["splits"]["validation"]["accuracy"]
    assert not (folder / "model").exists()
    assert found.best.value != whole


def test_whoever_watches_is_told_of_the_trials(make_plan: Make, tmp_path: Path) -> None:
    told: list[tuple[Path, list[SearchTrial]]] = []
    plan = make_plan(search={**SEARCH, "trials": 2})
    found = search_setting(
        plan, tmp_path / "s", InProcessExecutor(), StudyRequest("s"), watch=lambda *sight: told.append(sight)
    )
    assert told[0][1] == []
    assert told[-1][1] == found.trials
    assert all((told[-1][0] / trial.folder).is_dir() for trial in found.trials)


def test_an_executor_makes_as_many_trials_at_a_time_as_it_has_jobs(make_plan: Make, tmp_path: Path) -> None:
    executor = InProcessExecutor()
    executor.jobs = 2
    assert len(searched(make_plan(search={**SEARCH, "trials": 1}), tmp_path / "s", executor).trials) == 1
    assert executor.calls == 2


def test_workers_that_begin_together_propose_other_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # each looks before any other has begun
    monkeypatch.setattr("spanreg.studies.search.trials.spent", lambda trials: 0)
    search = SearchConfig.from_params(Params({**SEARCH, "trials": 2}))
    storage = f"sqlite:///{tmp_path / 'trials.db'}"
    workers = [open_trials(storage, "s", search, "maximize") for _ in range(3)]
    begun = [begin_trial(worker, search) for worker in workers]
    assert [trial is not None for trial in begun] == [True, True, False]
    rates = [trial.suggest_float("rate", 0, 1) for trial in begun if trial is not None]
    assert len(set(rates)) == 2
    again = open_trials("sqlite://", "t", search, "maximize")
    for rate in rates:
        trial = begin_trial(again, search)
        assert trial is not None
        assert trial.suggest_float("rate", 0, 1) == rate


def test_only_trials_that_nobody_makes_are_made_again(tmp_path: Path) -> None:
    """Jobs of a cluster may outlive their driver, and others may share the storage."""
    search = SearchConfig.from_params(Params({**SEARCH, "trials": 9}))
    trials = open_trials(f"sqlite:///{tmp_path / 'trials.db'}", "s", search, "maximize")
    alive, elsewhere, killed = (begin_trial(trials, search) for _ in range(3))
    assert alive
    assert elsewhere
    assert killed
    for trial in (alive, elsewhere, killed):
        trial.suggest_float("rate", 0, 1)
    with held_trial(elsewhere, tmp_path / "other"), held_trial(killed, tmp_path / "own"):
        pass
    with held_trial(alive, tmp_path / "own"):
        resume_trials(trials, tmp_path / "own")
    states = [trial.state.name for trial in trials.get_trials()]
    assert states == ["RUNNING", "RUNNING", "FAIL", "WAITING"]
    assert trials.get_trials()[3].system_attrs["fixed_params"] == killed.params


def test_trials_of_other_code_are_not_made(plan: StudyPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.studies.define.inputs.code_hash", lambda *_: "another")
    with pytest.raises(
        ConfigurationError, match="stopped after 0 of 4 trials: changed since the study started: the code. "
    ):
        searched(plan, tmp_path / "s")


def test_mistakes(make_plan: Make, base: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"search: the study has no search. add search: "):
        searched(make_plan(), tmp_path / "s")
    fails = {**base, "training": {**base["training"], "metric": "f2"}}
    with pytest.raises(ConfigurationError, match=r"none of 1 trials has a figure: training.metric: .* no metric 'f2'"):
        searched(make_plan(base=fails, search={**SEARCH, "trials": 1}), tmp_path / "s")
    plan = make_plan(search=SEARCH)
    plan.study.split = "test"
    with pytest.raises(ConfigurationError, match=r"split: there is no scored split 'test' in: base"):
        searched(plan, tmp_path / "s")
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "letter.txt").touch()
    with pytest.raises(ConfigurationError, match="contains files that are not a study's"):
        searched(make_plan(search=SEARCH), tmp_path / "t")


def test_what_a_killed_trial_left_goes_with_the_next_search(tmp_path: Path) -> None:
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

    def full(path: Path) -> None:
        raise UnwrittenError("the disk is full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials_module, "discard_weights", full)
        with pytest.raises(UnwrittenError):
            resume_trials(trials, tmp_path / "own")
    resume_trials(trials, tmp_path / "own")
    assert [path.name for path in (tmp_path / "own" / "trial-0000").iterdir()] == ["predictions"]


def test_a_storage_that_is_damaged_is_one_message(plan: StudyPlan, tmp_path: Path) -> None:
    database = tmp_path / "s" / "search" / "trials.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"SQLite format 3\0" + bytes(5000))
    with pytest.raises(ConfigurationError) as caught:
        searched(plan, tmp_path / "s")
    assert str(caught.value).startswith("search.storage: the storage of the trials cannot be used (")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("folder", ["../elsewhere", "/tmp", ".", "a/b", 3, [], None])
def test_a_storage_names_no_folder_outside_of_the_search(tmp_path: Path, folder: Any) -> None:
    """What it names is removed."""
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
def test_trials_that_are_damaged_are_one_message(
    plan: StudyPlan, tmp_path: Path, written: dict[str, Any], fault: str
) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "trials.json").write_text(json.dumps(written))
    with pytest.raises(ConfigurationError, match=f"trials.json is damaged: {fault}.*remove it, and search again"):
        with_found_arms(plan, tmp_path)
