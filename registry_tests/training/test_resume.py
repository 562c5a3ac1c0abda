"""Stop a run and resume it: the results are bit-identical to an uninterrupted run."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from registry_tests.training.interruptions import fail, results, send, stop
from spanreg.callbacks import Callback
from spanreg.registry import ConfigurationError, Params
from spanreg.training.loop.run_callbacks import LogLines
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import finished_run
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


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
def test_batches_by_tokens_resume(step: int, make_config: MakeConfig, tmp_path: Path) -> None:
    """Stopped in the first epoch and within the second, which must not continue with the order of another epoch."""
    config = make_config({"tokens_per_batch": 300, "checkpoint_every": 1})
    whole = train(Params(config), tmp_path / "whole")
    assert whole["training"]["steps"] >= 6
    stop(config, tmp_path / "run", step, fail)
    train(Params(config), tmp_path / "run", resume=True)
    assert results(tmp_path / "run") == results(tmp_path / "whole")


def test_a_second_signal_stops_immediately(make_config: MakeConfig, tmp_path: Path) -> None:
    def twice() -> None:
        send(signal.SIGINT)()
        send(signal.SIGINT)()

    assert isinstance(stop(make_config(), tmp_path / "run", 3, twice), KeyboardInterrupt)
    assert RunFolder(tmp_path / "run").checkpoints.steps() == []


def test_without_checkpoints_a_signal_stops_immediately(make_config: MakeConfig, tmp_path: Path) -> None:
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


def test_a_run_without_any_checkpoint_starts_from_the_beginning(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    stop(make_config(), tmp_path / "run", 2, fail)
    train(Params(make_config()), tmp_path / "run", resume=True)
    assert results(tmp_path / "run") == results(finished)
    assert "has no whole checkpoint: the run starts" in (tmp_path / "run" / "train.log").read_text()


def test_resuming_without_a_run_starts_one(finished: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config()), tmp_path / "run", resume=True)
    assert results(tmp_path / "run") == results(finished)


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


def test_the_remaining_time_is_estimated_from_this_session(caplog: pytest.LogCaptureFixture) -> None:
    lines = LogLines()
    options, control = TrainingArguments(output_dir="unused"), TrainerControl()
    lines.on_train_begin(options, TrainerState(global_step=90, max_steps=100), control)
    lines.started -= 20
    with caplog.at_level(logging.INFO, "spanreg"):
        lines.on_log(options, TrainerState(global_step=95, max_steps=100), control, {"loss": 1.0})
    assert caplog.text.endswith("20 s left\n")


@Callback.register("counting")
class Counting(Callback):
    """Callback that counts steps over all sessions."""

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


def test_callbacks_resume(make_config: MakeConfig, tmp_path: Path) -> None:
    Callback.register("counting", exist_ok=True)(Counting)
    Counting.seen.clear()
    config = make_config({"callbacks": ["counting"]})
    stop(config, tmp_path / "run", 3, send(signal.SIGTERM))
    train(Params(config), tmp_path / "run", resume=True)
    assert Counting.seen == list(range(1, 9))
