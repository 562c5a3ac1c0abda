"""Stop a run in the middle of a training step, and compare what two runs wrote."""

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


class At(TrainerCallback):
    """Call a function at the beginning of a training step."""

    def __init__(self, step: int, act: Callable[[], object]) -> None:
        self.step = step
        self.act = act

    def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if state.global_step + 1 == self.step:
            self.act()


def send(number: signal.Signals) -> Callable[[], object]:
    """Return a function that sends a signal to this process."""
    return lambda: os.kill(os.getpid(), number)


def fail() -> None:
    """Raise an error that no handler of the training loop expects."""
    raise RuntimeError("power cut")


def stop(config: dict[str, Any], folder: Path, step: int, act: Callable[[], object], **options: bool) -> BaseException:
    """Train, call ``act`` at the beginning of a step, and return the exception that ended the run."""
    with pytest.raises((KeyboardInterrupt, SystemExit, RuntimeError)) as caught:
        train(Params(config), folder, callbacks=[At(step, act)], **options)
    return caught.value


def weights(folder: Path) -> str:
    """Return the SHA-256 of the weights of a finished run."""
    return hash_file(folder / "model" / "model.safetensors")


def results(folder: Path) -> dict[str, Any]:
    """Return everything of a finished run that must not depend on interruptions."""
    metrics = finished_run(folder).read("metrics")
    for timed in ("seconds", "examples_per_second"):
        del metrics["training"][timed]
    return {
        "metrics": metrics,
        "weights": weights(folder),
        "predictions": hash_file(folder / "predictions" / "validation.jsonl"),
        "evaluations": {path.name: hash_file(path) for path in (folder / "evaluations").iterdir()},
    }
