"""Interrupt a run and resume it: the results are bit-identical to those of an uninterrupted run.

The config of ``make_config`` trains for 8 steps: two epochs of four steps, with a checkpoint after each epoch.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from registry_tests.training.interruptions import comparable_results, interrupt, raise_error, send_signal
from spanreg.callbacks import Callback
from spanreg.registry import ConfigurationError, Params
from spanreg.training.loop.run_callbacks import LogLines
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import finished_run
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, None), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_after_a_checkpoint(
    number: signal.Signals, code: int | None, finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    before = signal.getsignal(number)
    exception = interrupt(make_config(), tmp_path / "run", 3, send_signal(number))
    assert isinstance(exception, KeyboardInterrupt) if code is None else getattr(exception, "code", None) == code
    assert signal.getsignal(number) is before
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints.steps() == [3]
    assert (run.status() or {})["state"] == "interrupted"
    with pytest.raises(ConfigurationError, match="it was interrupted. call 'spanreg train' again to resume it"):
        finished_run(run.path)
    train(Params(make_config()), run.path, resume=True)
    assert comparable_results(run.path) == comparable_results(finished)
    status = run.status() or {}
    assert status["started"] <= status["resumed"] <= status["ended"]
    assert not (run.path / "checkpoints").exists()


@pytest.mark.parametrize("step", [2, 5])
def test_runs_with_batches_by_tokens_resume(step: int, make_config: MakeConfig, tmp_path: Path) -> None:
    """Step 2 is in the first epoch, step 5 in the second, which must not continue in the order of another epoch."""
    config = make_config({"tokens_per_batch": 300, "checkpoint_every": 1})
    uninterrupted = train(Params(config), tmp_path / "uninterrupted")
    assert uninterrupted["training"]["steps"] >= 6
    interrupt(config, tmp_path / "run", step, raise_error)
    train(Params(config), tmp_path / "run", resume=True)
    assert comparable_results(tmp_path / "run") == comparable_results(tmp_path / "uninterrupted")


def test_a_second_signal_stops_immediately(make_config: MakeConfig, tmp_path: Path) -> None:
    def send_two_signals() -> None:
        send_signal(signal.SIGINT)()
        send_signal(signal.SIGINT)()

    assert isinstance(interrupt(make_config(), tmp_path / "run", 3, send_two_signals), KeyboardInterrupt)
    assert RunFolder(tmp_path / "run").checkpoints.steps() == []


def test_without_checkpoints_a_signal_stops_immediately(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"checkpoint_every": None})
    assert isinstance(interrupt(config, tmp_path / "run", 3, send_signal(signal.SIGINT)), KeyboardInterrupt)
    assert not (tmp_path / "run" / "checkpoints").exists()


@pytest.mark.parametrize("step", range(1, 9))
def test_a_run_interrupted_at_any_step_resumes(
    step: int, finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    interrupt(make_config(), tmp_path / "run", step, send_signal(signal.SIGTERM))
    train(Params(make_config()), tmp_path / "run", resume=True)
    assert comparable_results(tmp_path / "run") == comparable_results(finished)


HARD_OPTIONS: dict[str, dict[str, Any]] = {
    "part of an epoch": {"epochs": 1.5},
    "accumulation": {"batch_size": 4, "accumulation": 3},
    "steps": {"max_steps": 6, "evaluate_every": 2, "checkpoint_every": 3, "log_every": 4},
    "patience": {"epochs": 9, "evaluate_every": 1, "patience": 2, "metric": "loss", "learning_rate": 0.05},
    "best": {"evaluate_every": 1, "checkpoint_every": 4, "load": "best", "metric": "loss"},
    "optimizer and schedule": {"optimizer": "sgd", "schedule": "inverse_sqrt", "layer_decay": 0.5},
}
"Training options whose state a resumed run must restore as well."


@pytest.mark.parametrize("name", HARD_OPTIONS)
def test_a_run_interrupted_by_a_signal_and_by_an_error_resumes(
    name: str, make_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_config(HARD_OPTIONS[name])
    steps = train(Params(config), tmp_path / "uninterrupted")["training"]["steps"]
    interrupt(config, tmp_path / "run", 2, send_signal(signal.SIGTERM))
    interrupt(config, tmp_path / "run", min(4, steps), raise_error, resume=True)
    train(Params(config), tmp_path / "run", resume=True)
    assert comparable_results(tmp_path / "run") == comparable_results(tmp_path / "uninterrupted")


def test_a_run_without_a_checkpoint_starts_from_the_beginning(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    interrupt(make_config(), tmp_path / "run", 2, raise_error)
    train(Params(make_config()), tmp_path / "run", resume=True)
    assert comparable_results(tmp_path / "run") == comparable_results(finished)
    assert "has no whole checkpoint: the run starts" in (tmp_path / "run" / "train.log").read_text()


def test_resume_without_an_earlier_run_starts_one(finished: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config()), tmp_path / "run", resume=True)
    assert comparable_results(tmp_path / "run") == comparable_results(finished)


def test_train_resumes_by_default_and_restarts_by_a_flag(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    def log_of_interrupted_run(**options: bool) -> str:
        interrupt(make_config(), tmp_path / "run", 7, raise_error, **options)
        return (tmp_path / "run" / "train.log").read_text()

    assert "resuming" not in log_of_interrupted_run()
    assert log_of_interrupted_run().count("resuming from the checkpoint of step 4") == 1
    # The log keeps the lines of earlier sessions: without another such line, the run started from the beginning.
    assert log_of_interrupted_run(restart=True).count("resuming") == 1
    assert log_of_interrupted_run(force=True).count("resuming") == 1
    train(Params(make_config()), tmp_path / "run")
    assert comparable_results(tmp_path / "run") == comparable_results(finished)


def test_a_run_folder_that_is_not_utf8_is_rejected_before_the_config_is_read(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/run-\xff"))
    with pytest.raises(ConfigurationError, match=r"the path .*run-\\xff is not UTF-8. name another folder"):
        train(Params(make_config(dictionary={"type": "file", "path": "none"})), path)
    assert not path.exists()


def test_the_remaining_time_is_estimated_from_the_current_session(caplog: pytest.LogCaptureFixture) -> None:
    lines = LogLines()
    options, control = TrainingArguments(output_dir="unused"), TrainerControl()
    lines.on_train_begin(options, TrainerState(global_step=90, max_steps=100), control)
    lines.started -= 20  # seconds: five steps took 20 seconds, and five are left
    with caplog.at_level(logging.INFO, "spanreg"):
        lines.on_log(options, TrainerState(global_step=95, max_steps=100), control, {"loss": 1.0})
    assert caplog.text.endswith("20 s left\n")


class StepCounter(Callback):
    """Callback that counts the steps of all sessions of a run."""

    counts: ClassVar[list[int]] = []

    def __init__(self) -> None:
        self.count = 0

    def on_step_end(self, *arguments: Any, **more: Any) -> None:
        self.count += 1
        self.counts.append(self.count)

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.count = state["count"]


def test_callbacks_resume_from_their_state(make_config: MakeConfig, tmp_path: Path) -> None:
    Callback.register("counting")(StepCounter)
    StepCounter.counts.clear()
    config = make_config({"callbacks": ["counting"]})
    interrupt(config, tmp_path / "run", 3, send_signal(signal.SIGTERM))
    train(Params(config), tmp_path / "run", resume=True)
    assert StepCounter.counts == list(range(1, 9))
