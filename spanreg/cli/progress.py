"""Progress bars for training on a terminal."""

from __future__ import annotations

from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.cli.output import errors


class ProgressBar(TrainerCallback):
    """A bar over the steps of a training, with loss, speed and time left, on stderr."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epoch {task.fields[epoch]:.2f}"),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[speed]:.1f} examples/s"),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
        )
        self._task: TaskID | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self._progress.start()
        self._task = self._progress.add_task("training", total=state.max_steps, epoch=0.0, loss="-", speed=0.0)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        if self._task is not None:
            steps = self._progress.tasks[0].speed or 0.0
            examples = args.train_batch_size * args.gradient_accumulation_steps
            self._progress.update(
                self._task, completed=state.global_step, epoch=state.epoch or 0.0, speed=steps * examples
            )

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
        """Takes the bar away; also after an error, which skips ``on_train_end``."""
        self._progress.stop()
