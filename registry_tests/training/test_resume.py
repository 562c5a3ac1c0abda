"""Stopping a run and going on with it."""

from __future__ import annotations

import json
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.callbacks import Callback
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import hash_file
from spanreg.training.loop.run_callbacks import LogLines
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import finished_run
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


class At(TrainerCallback):
    """Does something in the middle of a step."""

    def __init__(self, step: int, act: Callable[[], object]) -> None:
        self.step = step
        self.act = act

    def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if state.global_step + 1 == self.step:
            self.act()


def send(number: signal.Signals) -> Callable[[], object]:
    return lambda: os.kill(os.getpid(), number)


def fail() -> None:
    raise RuntimeError("power cut")


def stop(config: dict[str, Any], folder: Path, step: int, act: Callable[[], object], **options: bool) -> BaseException:
    with pytest.raises((KeyboardInterrupt, SystemExit, RuntimeError)) as caught:
        train(Params(config), folder, callbacks=[At(step, act)], **options)
    return caught.value


def weights(folder: Path) -> str:
    return hash_file(folder / "model" / "model.safetensors")


def results(folder: Path) -> dict[str, Any]:
    metrics = finished_run(folder).read("metrics")
    for timed in ("seconds", "examples_per_second"):
        del metrics["training"][timed]
    return {
        "metrics": metrics,
        "weights": weights(folder),
        "predictions": hash_file(folder / "predictions" / "validation.jsonl"),
        "evaluations": {path.name: hash_file(path) for path in (folder / "evaluations").iterdir()},
    }


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, None), (signal.SIGTERM, 143)])
def test_a_signal_waits_for_a_checkpoint(
    number: signal.Signals, code: int | None, finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    before = signal.getsignal(number)
    ended = stop(make_config(), tmp_path / "run", 3, send(number))
    assert isinstance(ended, KeyboardInterrupt) if code is None else getattr(ended, "code", None) == code
    assert signal.getsignal(number) is before
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints.steps() == [3]
    assert (run.status() or {})["state"] == "interrupted"
    with pytest.raises(ConfigurationError, match="it was interrupted. call 'spanreg train' again to resume it"):
        finished_run(run.path)
    train(Params(make_config()), run.path, resume=True)
    assert results(run.path) == results(finished)
    status = run.status() or {}
    assert status["started"] <= status["resumed"] <= status["ended"]
    assert not (run.path / "checkpoints").exists()


@pytest.mark.parametrize("step", [2, 5])
def test_batches_by_tokens_go_on_where_they_were(step: int, make_config: MakeConfig, tmp_path: Path) -> None:
    """In the first epoch and in the second, in whose middle the order of another epoch must not come back."""
    config = make_config({"tokens_per_batch": 300, "checkpoint_every": 1})
    whole = train(Params(config), tmp_path / "whole")
    assert whole["training"]["steps"] >= 6
    stop(config, tmp_path / "run", step, fail)
    train(Params(config), tmp_path / "run", resume=True)
    assert results(tmp_path / "run") == results(tmp_path / "whole")


def test_a_second_signal_ends_at_once(make_config: MakeConfig, tmp_path: Path) -> None:
    def twice() -> None:
        send(signal.SIGINT)()
        send(signal.SIGINT)()

    assert isinstance(stop(make_config(), tmp_path / "run", 3, twice), KeyboardInterrupt)
    assert RunFolder(tmp_path / "run").checkpoints.steps() == []


def test_without_checkpoints_a_signal_ends_at_once(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"checkpoint_every": None})
    assert isinstance(stop(config, tmp_path / "run", 3, send(signal.SIGINT)), KeyboardInterrupt)
    assert not (tmp_path / "run" / "checkpoints").exists()


@pytest.mark.parametrize("step", range(1, 9))
def test_stopped_at_any_step(step: int, finished: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    stop(make_config(), tmp_path / "run", step, send(signal.SIGTERM))
    train(Params(make_config()), tmp_path / "run", resume=True)
    assert results(tmp_path / "run") == results(finished)


HARD: dict[str, dict[str, Any]] = {
    "part of an epoch": {"epochs": 1.5},
    "accumulation": {"batch_size": 4, "accumulation": 3},
    "steps": {"max_steps": 6, "evaluate_every": 2, "checkpoint_every": 3, "log_every": 4},
    "patience": {"epochs": 9, "evaluate_every": 1, "patience": 2, "metric": "loss", "learning_rate": 0.05},
    "best": {"evaluate_every": 1, "checkpoint_every": 4, "load": "best", "metric": "loss"},
    "optimiser and schedule": {"optimizer": "sgd", "schedule": "inverse_sqrt", "layer_decay": 0.5},
}


@pytest.mark.parametrize("name", HARD)
def test_stopped_and_cut_off_in_turn(name: str, make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config(HARD[name])
    steps = train(Params(config), tmp_path / "straight")["training"]["steps"]
    stop(config, tmp_path / "run", 2, send(signal.SIGTERM))
    stop(config, tmp_path / "run", min(4, steps), fail, resume=True)
    train(Params(config), tmp_path / "run", resume=True)
    assert results(tmp_path / "run") == results(tmp_path / "straight")


def test_a_run_without_any_checkpoint_begins_anew(finished: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    stop(make_config(), tmp_path / "run", 2, fail)
    train(Params(make_config()), tmp_path / "run", resume=True)
    assert results(tmp_path / "run") == results(finished)
    assert "there is no whole checkpoint" in (tmp_path / "run" / "train.log").read_text()


def test_where_nothing_is_there_it_just_begins(finished: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config()), tmp_path / "run", resume=True)
    assert results(tmp_path / "run") == results(finished)


def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_config({"checkpoint_every": 1})
    stop(config, tmp_path / "run", 5, fail)
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints.steps() == [3, 4]
    (run.checkpoints.path(4) / "optimizer.pt").write_bytes(b"")
    train(Params(config), run.path, resume=True)
    assert weights(run.path) == weights(finished)
    log = (run.path / "train.log").read_text()
    assert "the checkpoint of step 4 is damaged and left aside: optimizer.pt: it has 0 bytes, and" in log
    assert "resuming from the checkpoint of step 3" in log


def test_a_damaged_checkpoint_ends_no_run_that_takes_the_best(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"checkpoint_every": 1, "evaluate_every": 1, "load": "best"})
    train(Params(config), tmp_path / "straight")
    stop(config, tmp_path / "run", 5, fail)
    run = RunFolder(tmp_path / "run")
    for file in run.checkpoints.path(4).glob("progress-*.json"):
        file.write_bytes(b"")
    train(Params(config), run.path, resume=True)
    assert results(run.path) == results(tmp_path / "straight")


def test_a_run_does_not_resume_from_a_checkpoint_whose_best_one_is_damaged(
    make_config: MakeConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It would end with the damaged weights, or not at all."""
    rising = {"learning_rate": 0.05, "warmup": 0, "schedule": "constant"}  # so the first evaluation is the best one
    config = make_config({"checkpoint_every": 1, "evaluate_every": 1, "load": "best", "metric": "loss", **rising})
    metrics = train(Params(config), tmp_path / "straight")
    best = metrics["best"]["step"]
    assert best < 6
    stop(config, tmp_path / "run", best + 3, fail)
    run = RunFolder(tmp_path / "run")
    assert best in run.checkpoints.steps()
    weights_of_best = run.checkpoints.path(best) / "model.safetensors"
    weights_of_best.write_bytes(weights_of_best.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING, "spanreg"):
        train(Params(config), run.path)
    assert f"is of no use without that of step {best}, its best" in caplog.text
    assert results(run.path) == results(tmp_path / "straight")


def test_a_damaged_checkpoint_counts_for_none_of_those_that_are_kept(make_config: MakeConfig, tmp_path: Path) -> None:
    """It must not push a whole one out."""
    stop(make_config({"checkpoint_every": 1}), tmp_path / "run", 5, fail)
    run = RunFolder(tmp_path / "run")
    (run.checkpoints.path(4) / "optimizer.pt").write_bytes(b"")
    stop(make_config({"checkpoint_every": 5}), run.path, 6, fail)
    assert run.checkpoints.steps() == [3, 5]


def test_the_same_command_resumes_and_a_flag_starts_over(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    def started(**how: bool) -> str:
        stop(make_config(), tmp_path / "run", 7, fail, **how)
        return (tmp_path / "run" / "train.log").read_text()

    assert "resuming" not in started()
    assert started().count("resuming from the checkpoint of step 4") == 1
    assert started(restart=True).count("resuming") == 1
    assert started(force=True).count("resuming") == 1
    train(Params(make_config()), tmp_path / "run")
    assert results(tmp_path / "run") == results(finished)


def test_a_path_that_is_not_utf8_is_refused_before_anything_is_read(make_config: MakeConfig, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/run-\xff"))
    with pytest.raises(ConfigurationError, match=r"the path .*run-\\xff is not UTF-8. name another folder"):
        train(Params(make_config(dictionary={"type": "file", "path": "none"})), path)
    assert not path.exists()


def test_what_is_left_is_told_by_the_pace_of_this_session(caplog: pytest.LogCaptureFixture) -> None:
    lines = LogLines()
    options, control = TrainingArguments(output_dir="unused"), TrainerControl()
    lines.on_train_begin(options, TrainerState(global_step=90, max_steps=100), control)
    lines.started -= 20
    with caplog.at_level(logging.INFO, "spanreg"):
        lines.on_log(options, TrainerState(global_step=95, max_steps=100), control, {"loss": 1.0})
    assert caplog.text.endswith("20 s left\n")


def test_another_config_is_refused_with_every_key(make_config: MakeConfig, tmp_path: Path) -> None:
    stop(make_config(), tmp_path / "run", 5, fail)
    with pytest.raises(ConfigurationError) as caught:
        train(Params(make_config({"learning_rate": 0.5, "log_every": 7}, seed=9)), tmp_path / "run", resume=True)
    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'run'} has a run of another config; the keys that differ, there -> here. name another folder with"
        " -s, or replace the run with --force",
        "seed: 5 -> 9",
        "training.learning_rate: 0.001 -> 0.5",
        "training.log_every: 2 -> 7",
    ]
    assert RunFolder(tmp_path / "run").checkpoints.steps() == [4]


def test_a_harmless_change_is_told_and_changes_no_weight(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    stop(make_config(), tmp_path / "run", 6, fail)
    config = make_config({"log_every": 1, "checkpoint_every": 3, "evaluate_every": 5})
    metrics = train(Params(config), tmp_path / "run", resume=True)
    assert weights(tmp_path / "run") == weights(finished)
    assert [entry["step"] for entry in metrics["curve"]] == [2, 4, 5, 6, 7, 8]
    assert [entry["step"] for entry in metrics["evaluations"]] == [4, 5, 8]
    assert "a key that changes no weight: training.log_every: 2 -> 1" in (tmp_path / "run" / "train.log").read_text()


def test_other_evaluations_are_no_harmless_change_where_they_decide(make_config: MakeConfig, tmp_path: Path) -> None:
    stop(make_config({"patience": 2}), tmp_path / "run", 6, fail)
    with pytest.raises(ConfigurationError, match="has a run of another config"):
        train(Params(make_config({"patience": 2, "evaluate_every": 5})), tmp_path / "run", resume=True)


def test_a_longer_run_is_allowed_and_says_what_it_is_not(make_config: MakeConfig, tmp_path: Path) -> None:
    stop(make_config(), tmp_path / "run", 6, fail)
    metrics = train(Params(make_config({"epochs": 3})), tmp_path / "run", resume=True)
    assert metrics["training"]["steps"] == 12
    assert "the run becomes longer" in (tmp_path / "run" / "train.log").read_text()


def test_a_finished_run_may_become_longer_if_it_kept_a_checkpoint(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"keep": 1})), tmp_path / "kept")
    assert RunFolder(tmp_path / "kept").checkpoints.steps() == [8]
    assert (
        train(Params(make_config({"keep": 1, "epochs": 3})), tmp_path / "kept", resume=True)["training"]["steps"] == 12
    )
    train(Params(make_config({"max_steps": 1})), tmp_path / "run")
    with pytest.raises(ConfigurationError, match="is finished, and has kept no checkpoint to continue from"):
        train(Params(make_config({"max_steps": 2})), tmp_path / "run", resume=True)
    finished_run(tmp_path / "run")


def test_the_weights_of_the_best_evaluation_need_no_checkpoint_when_the_run_is_over(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    train(Params(make_config({"evaluate_every": 2, "load": "best"})), tmp_path / "run")
    assert RunFolder(tmp_path / "run").checkpoints.steps() == []


def test_what_differs_is_told_once_and_not_of_a_run_that_is_refused(
    make_config: MakeConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(Params(make_config({"max_steps": 1, "keep": 1})), tmp_path / "run")
    with caplog.at_level(logging.INFO, "spanreg"):
        train(Params(make_config({"max_steps": 2, "keep": 1, "log_every": 1})), tmp_path / "run", resume=True)
    assert caplog.text.count("a key that changes no weight: training.log_every: 2 -> 1") == 1
    assert caplog.text.count("that changes no weight") == 1
    assert caplog.text.count("the run becomes longer") == 1
    caplog.clear()
    train(Params(make_config({"max_steps": 1})), tmp_path / "bare")
    with caplog.at_level(logging.INFO, "spanreg"), pytest.raises(ConfigurationError, match="kept no checkpoint"):
        train(Params(make_config({"max_steps": 2})), tmp_path / "bare", resume=True)
    assert "that changes no weight" not in caplog.text


def test_a_finished_run_is_left_as_it_is(finished: Path, make_config: MakeConfig) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    assert train(Params(make_config()), finished, resume=True) == finished_run(finished).read("metrics")
    assert before == {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    with pytest.raises(ConfigurationError, match="has a run of another config"):
        train(Params(make_config(seed=8)), finished, resume=True)


@pytest.mark.parametrize("how", ["resume", "restart", "force"])
@pytest.mark.parametrize("error", [ConfigurationError("the data are gone"), KeyboardInterrupt(), OSError("no network")])
def test_a_finished_run_is_whole_until_its_successor_can_begin(
    how: str, error: BaseException, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_to_read(*given: Any) -> None:
        raise error

    train(Params(make_config({"keep": 1, "max_steps": 2})), tmp_path / "run")
    before = {path: hash_file(path) for path in (tmp_path / "run").rglob("*") if path.is_file()}
    log = before.pop(tmp_path / "run" / "train.log")
    longer = Params(make_config({"keep": 1, "max_steps": 3}))
    with monkeypatch.context() as patch:
        patch.setattr("spanreg.training.train.assemble", fail_to_read)
        with pytest.raises(type(error)):
            train(longer, tmp_path / "run", **{how: True})
    assert {path: hash_file(path) for path in before} == before
    finished_run(tmp_path / "run")
    assert train(longer, tmp_path / "run", **{how: True})["training"]["steps"] == 3
    assert hash_file(tmp_path / "run" / "train.log") != log


def test_other_data_leave_a_finished_run_as_it_is(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"keep": 1, "max_steps": 2})), tmp_path / "run")
    data = json.loads((tmp_path / "run" / "data.json").read_text())
    data["train"]["fingerprint"] = "other"
    (tmp_path / "run" / "data.json").write_text(json.dumps(data))
    with pytest.raises(ConfigurationError, match="is not what it was when the run began"):
        train(Params(make_config({"keep": 1, "max_steps": 3})), tmp_path / "run", resume=True)
    finished_run(tmp_path / "run")


def test_other_data_are_refused_and_the_checkpoint_stays(make_config: MakeConfig, tmp_path: Path) -> None:
    stop(make_config(), tmp_path / "run", 6, fail)
    data = json.loads((tmp_path / "run" / "data.json").read_text())
    data["train"]["fingerprint"] = "other"
    (tmp_path / "run" / "data.json").write_text(json.dumps(data))
    with pytest.raises(ConfigurationError) as caught:
        train(Params(make_config()), tmp_path / "run", resume=True)
    assert str(caught.value) == (
        "data: the split 'train' is not what it was when the run began. restore the data, start over with --restart, or"
        " train into another folder"
    )
    assert RunFolder(tmp_path / "run").checkpoints.steps() == [4]


def test_the_best_and_the_latest_are_kept_as_asked(make_config: MakeConfig, tmp_path: Path) -> None:
    options = {"evaluate_every": 1, "checkpoint_every": 1, "metric": "loss", "keep": 2, "keep_best": True}
    metrics = train(Params(make_config(options)), tmp_path / "run")
    kept = RunFolder(tmp_path / "run").checkpoints.steps()
    losses = [entry["splits"]["validation"]["loss"] for entry in metrics["evaluations"]]
    assert metrics["best"] == {"figure": "validation.loss", "value": min(losses), "step": losses.index(min(losses)) + 1}
    assert kept == sorted({7, 8, metrics["best"]["step"]})


def test_the_best_weights_are_those_of_the_best_evaluation(make_config: MakeConfig, tmp_path: Path) -> None:
    options = {"evaluate_every": 1, "metric": "loss", "learning_rate": 0.02, "warmup": 0, "schedule": "constant"}
    metrics = train(Params(make_config({**options, "load": "best"})), tmp_path / "best")
    step = metrics["best"]["step"]
    assert step < 8
    assert metrics["splits"]["validation"]["loss"] == metrics["best"]["value"]
    train(Params(make_config({**options, "max_steps": step})), tmp_path / "short")
    # a constant schedule gives the same steps, however long the run is
    assert weights(tmp_path / "best") == weights(tmp_path / "short")


@Callback.register("counting")
class Counting(Callback):
    """Counts steps over all sessions."""

    seen: ClassVar[list[int]] = []

    def __init__(self) -> None:
        self.count = 0

    def on_step_end(self, *arguments: Any, **more: Any) -> None:
        self.count += 1
        self.seen.append(self.count)

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.count = state["count"]


def test_callbacks_go_on_where_they_were(make_config: MakeConfig, tmp_path: Path) -> None:
    Callback.register("counting", exist_ok=True)(Counting)
    Counting.seen.clear()
    config = make_config({"callbacks": ["counting"]})
    stop(config, tmp_path / "run", 3, send(signal.SIGTERM))
    train(Params(config), tmp_path / "run", resume=True)
    assert Counting.seen == list(range(1, 9))
