"""Progress bars for training on a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.cli.rendering.output import error_console


class ProgressBar(TrainerCallback):
    """Progress bar of a training, with loss, speed and remaining time.

    ``Trainer(..., callbacks=[ProgressBar()])``

    In a distributed training only the first process shows it, with the speed of all processes.

    Parameters:
        console: where to draw; default: stderr, shared with the log lines.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epoch {task.fields[epoch]:.2f}"),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[speed]} examples/s"),
            TimeRemainingColumn(),
            console=console or error_console(),
            transient=True,
        )
        self._task: TaskID | None = None
        self._examples = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if not state.is_world_process_zero:
            return
        self._examples = len(kwargs["train_dataloader"].dataset)
        self._progress.start()
        self._task = self._progress.add_task(
            "training",
            total=state.max_steps,
            completed=state.global_step,  # of a resumed run
            epoch=state.epoch or 0.0,
            loss="-",
            speed="-",
        )

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if self._task is None:
            return
        self._progress.update(self._task, completed=state.global_step, epoch=state.epoch or 0.0)
        steps = self._progress.tasks[0].speed  # over the last 30 s; None at first
        if steps and state.epoch:
            # Computed from the epoch, because batches may differ in their numbers of examples.
            examples = self._examples * state.epoch / state.global_step
            self._progress.update(self._task, speed=f"{steps * examples:.1f}")

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        if self._task is not None and logs and "loss" in logs:
            self._progress.update(self._task, loss=f"{logs['loss']:.4f}")

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Remove the bar; needed after an error, which skips ``on_train_end``."""
        self._progress.stop()
