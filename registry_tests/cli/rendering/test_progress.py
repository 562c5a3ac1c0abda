"""The bar over a training: what it shows, and where it shows nothing."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from transformers import TrainerState

from spanreg.cli.rendering.progress import ProgressBar


def watch(steps: int, console: Console, clock: list[float], *, first: bool = True, begin: int = 0) -> None:
    """Shows a training of 40 steps of 8 examples and 2 seconds each, logged at every step."""
    bar = ProgressBar(console)
    bar._progress.get_time = lambda: clock[0]
    state = TrainerState(max_steps=40, global_step=begin, epoch=begin / 10, is_world_process_zero=first)
    given: tuple[Any, ...] = (None, state, None)
    loader = SimpleNamespace(dataset=[None] * 80)
    bar.on_train_begin(*given, train_dataloader=loader)
    for _ in range(steps):
        clock[0] += 2.0
        state.global_step += 1
        state.epoch = state.global_step / 10
        bar.on_step_end(*given)
        bar.on_log(*given, logs={"loss": 0.5 + state.global_step / 100})
        bar.on_log(*given, logs={"eval_validation_accuracy": 0.25})
    bar._progress.refresh()
    bar.on_train_end(*given)


@pytest.mark.parametrize("begin", [0, 10])
def test_loss_rate_and_time_left(begin: int) -> None:
    stream = io.StringIO()
    watch(10, Console(file=stream, force_terminal=True, width=140, color_system=None), [0.0], begin=begin)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    last = [line for line in re.split(r"[\r\n]+", shown) if "training" in line][-1]
    done, left = begin + 10, (30 - begin) * 2
    assert (
        f"{done}/40 epoch {done / 10:.2f} loss {0.5 + done / 100:.4f} 4.0 examples/s 0:{left // 60:02}:{left % 60:02}"
        in last
    )


def test_only_the_first_process_shows_it() -> None:
    stream = io.StringIO()
    watch(3, Console(file=stream, force_terminal=True, width=140), [0.0], first=False)
    assert stream.getvalue() == ""
