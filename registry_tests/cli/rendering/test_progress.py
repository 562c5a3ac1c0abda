"""Progress bar of a training: loss, rate and time left, in the first process only."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from transformers import TrainerState

from spanreg.cli.rendering.progress import ProgressBar


def show_training(steps: int, console: Console, *, is_first_process: bool = True, begin: int = 0) -> None:
    """Show steps of a training of 40 steps, of 8 examples and 2 seconds each, which are logged at every step."""
    seconds = 0.0
    bar = ProgressBar(console)
    # rich computes the time left from its own clock.
    bar._progress.get_time = lambda: seconds
    state = TrainerState(max_steps=40, global_step=begin, epoch=begin / 10, is_world_process_zero=is_first_process)
    arguments: tuple[Any, ...] = (None, state, None)
    loader = SimpleNamespace(dataset=[None] * 80)
    bar.on_train_begin(*arguments, train_dataloader=loader)
    for _ in range(steps):
        seconds += 2.0
        state.global_step += 1
        state.epoch = state.global_step / 10
        bar.on_step_end(*arguments)
        bar.on_log(*arguments, logs={"loss": 0.5 + state.global_step / 100})
        bar.on_log(*arguments, logs={"eval_validation_accuracy": 0.25})
    bar._progress.refresh()
    bar.on_train_end(*arguments)


@pytest.mark.parametrize("begin", [0, 10])
def test_the_bar_shows_loss_rate_and_time_left(begin: int) -> None:
    stream = io.StringIO()
    show_training(10, Console(file=stream, force_terminal=True, width=140, color_system=None), begin=begin)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    last = [line for line in re.split(r"[\r\n]+", shown) if "training" in line][-1]
    done, left = begin + 10, (30 - begin) * 2
    progress = f"{done}/40 epoch {done / 10:.2f} loss {0.5 + done / 100:.4f}"
    assert f"{progress} 4.0 examples/s 0:{left // 60:02}:{left % 60:02}" in last


def test_only_the_first_process_shows_the_bar() -> None:
    stream = io.StringIO()
    show_training(3, Console(file=stream, force_terminal=True, width=140), is_first_process=False)
    assert stream.getvalue() == ""
