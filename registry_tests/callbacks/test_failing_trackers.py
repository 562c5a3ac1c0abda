"""Trackers that cannot start, fail during a training, or lost their files."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from spanreg.callbacks import Callback
from spanreg.integrations.trackers.base import TrackerCallback
from spanreg.integrations.trackers.mlflow import MlflowTracker
from spanreg.integrations.trackers.tensorboard import TensorboardTracker
from spanreg.registry import ConfigurationError, Params
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


def start(tracker: TrackerCallback, run: Path) -> None:
    """Start a tracker as the Trainer does, without a training."""
    state = SimpleNamespace(is_world_process_zero=True)
    tracker.on_train_begin(cast(Any, SimpleNamespace(output_dir=str(run))), cast(Any, state), cast(Any, None))


def log(tracker: TrackerCallback, step: int, **logs: float) -> None:
    """Log metrics as the Trainer does."""
    tracker.on_log(cast(Any, None), cast(Any, SimpleNamespace(global_step=step)), cast(Any, None), logs=logs)


def full_disk(*arguments: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"type": "mlflow", "experiment": ""}, "mlflow cannot start: Invalid experiment name: ''"),
        ({"type": "mlflow", "uri": "nonsense://x"}, "got unsupported URI 'nonsense://x'"),
        ({"type": "wandb", "project": "a/b"}, "wandb cannot start: Invalid project name 'a/b'"),
    ],
)
def test_a_tracker_that_cannot_start_is_a_mistake_in_the_config(
    tmp_path: Path, config: dict[str, str], expected: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        start(Callback.from_params(Params(config, history="training.callbacks.0.")), tmp_path)
    message = str(caught.value)
    assert expected in message
    assert message.startswith("training.callbacks")
    assert message.endswith("correct its arguments, or leave the callback out")


@pytest.mark.parametrize("name", ["tensorboard", "mlflow", "wandb"])
def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    tracker: TrackerCallback = Callback.by_name(name)(folder=tmp_path / "file" / "logs")
    with pytest.raises(ConfigurationError, match=r"^cannot write .*: Not a directory\. name a folder elsewhere$"):
        start(tracker, tmp_path)


@pytest.mark.parametrize("method", ["track", "finish"])
def test_a_tracker_that_fails_later_does_not_end_the_training(
    make_config: MakeConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
) -> None:
    monkeypatch.setattr(TensorboardTracker, method, full_disk)
    metrics = train(Params(make_config({"max_steps": 3, "log_every": 1, "callbacks": ["tensorboard"]})), tmp_path / "r")
    assert metrics["training"]["steps"] == 3
    warnings = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    when = "after step 1" if method == "track" else "at the end of the training"
    expected = f"tensorboard failed {when} and is stopped: [Errno 28] No space left on device"
    assert [line for line in warnings if "is stopped" in line] == [expected]


def test_errors_of_a_tracker_of_a_user_are_raised(tmp_path: Path) -> None:
    class OwnTracker(TrackerCallback):
        def start(self, *arguments: Any) -> None:
            pass

        track = finish = start

    class NeverStarts(OwnTracker):
        start = full_disk

    class NeverTracks(OwnTracker):
        track = full_disk

    with pytest.raises(OSError, match="No space"):
        start(NeverStarts(), tmp_path)
    tracker = NeverTracks()
    start(tracker, tmp_path)
    with pytest.raises(OSError, match="No space"):
        log(tracker, 1, loss=0.5)


def test_an_mlflow_run_that_was_removed_is_replaced_by_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tracker = MlflowTracker()
    tracker.load_state_dict({"run_id": "0" * 32})
    start(tracker, tmp_path)
    assert f"mlflow cannot continue the run {'0' * 32}" in caplog.text
    assert tracker.run_id not in (None, "0" * 32)
    log(tracker, 3, loss=0.5)
    tracker.close(failed=False)
    history = tracker.client.get_metric_history(str(tracker.run_id), "train/loss")
    assert [(one.step, one.value) for one in history] == [(3, 0.5)]
