"""Helpers that interrupt a run at a training step, and that compare the results of two runs."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from spanreg.registry import Params
from spanreg.storage import hash_file
from spanreg.training.runs.reader import finished_run
from spanreg.training.train import train


class CallAtStep(TrainerCallback):
    """Callback that calls a function at the beginning of a training step."""

    def __init__(self, step: int, action: Callable[[], object]) -> None:
        self.step = step
        self.action = action

    def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if state.global_step + 1 == self.step:
            self.action()


def send_signal(number: signal.Signals) -> Callable[[], object]:
    """Return a function that sends a signal to this process."""
    return lambda: os.kill(os.getpid(), number)


def raise_error() -> None:
    """Raise an error that no handler of the training loop expects."""
    raise RuntimeError("power cut")


def interrupt(
    config: dict[str, Any], folder: Path, step: int, action: Callable[[], object], **options: bool
) -> BaseException:
    """Train, call ``action`` at the beginning of a step, and return the exception that ended the run."""
    with pytest.raises((KeyboardInterrupt, SystemExit, RuntimeError)) as caught:
        train(Params(config), folder, callbacks=[CallAtStep(step, action)], **options)
    return caught.value


def hash_of_weights(folder: Path) -> str:
    """Return the SHA-256 of the weights of a finished run."""
    return hash_file(folder / "model" / "model.safetensors")


def comparable_results(folder: Path) -> dict[str, Any]:
    """Return all results of a finished run that must not depend on interruptions: all but its times and memory."""
    metrics = finished_run(folder).read("metrics")
    for measured in ("seconds", "examples_per_second", "peak_memory"):
        del metrics["training"][measured]
    return {
        "metrics": metrics,
        "weights": hash_of_weights(folder),
        "predictions": hash_file(folder / "predictions" / "validation.jsonl"),
        "evaluations": {path.name: hash_file(path) for path in (folder / "evaluations").iterdir()},
    }
