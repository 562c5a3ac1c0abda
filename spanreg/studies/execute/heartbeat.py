"""Write the progress of a run into its folder, for the watcher of the study."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from spanreg.studies.execute.progress import RunProgress, write_progress

_EVERY = 1.0
"Least seconds between two writes."


class HeartbeatCallback(TrainerCallback):
    """Writes step, number of steps and loss into the run folder, at most once a second.

    ``train(params, folder, callbacks=[HeartbeatCallback(folder)])``

    Parameters:
        folder: the run folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written = 0.0
        self._loss: float | None = None

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        self._loss = (logs or {}).get("loss", self._loss)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        # Wall time may jump, which could stop the writing for hours.
        now = time.monotonic()
        if now - self._written >= _EVERY:
            self._written = now
            write_progress(self._folder, RunProgress(state.global_step, state.max_steps, self._loss))
