"""Loss and learning rate of the log lines of a training."""

from __future__ import annotations

from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class StepLog(TrainerCallback):
    """Computes what a logged step shows: the mean loss since the last one, and the highest learning rate.

    The Trainer's own sums cannot be restored in a resumed training, except by private names; and of
    several groups of weights it logs the learning rate of the first.

    ``logs.update(step_log.take(step))``

    Parameters:
        accelerator: averages over the processes of a distributed training.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator
        self._sum = torch.tensor(0.0, device=accelerator.device)
        self._logged = 0
        "Step of the last log line."
        self._learning_rate = 0.0

    def add(self, loss: Tensor) -> None:
        """Add the share of a batch in the loss of its step, shape: ()."""
        # On the device: reading it at every batch would make the CPU wait for the GPU.
        self._sum += loss

    def on_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        # Before the schedule moves on: the learning rate that this step used.
        self._learning_rate = max(map(float, kwargs["lr_scheduler"].get_last_lr()))

    def take(self, step: int) -> dict[str, float]:
        """Return ``loss`` and ``learning_rate`` for the log line of a step, and start the next mean."""
        mean = float(self.accelerator.gather(self._sum).mean()) / (step - self._logged)
        self._sum, self._logged = torch.zeros_like(self._sum), step  # a new tensor, since NaN - NaN is NaN
        return {"loss": mean, "learning_rate": self._learning_rate}

    def state(self) -> dict[str, float]:
        """Return the state, for a checkpoint."""
        # Exact: a float32 becomes a float64 and, through JSON, the same float32 again.
        return {"sum": float(self._sum), "logged": self._logged}

    def restore(self, state: dict[str, float]) -> None:
        """Restore what ``state`` returned."""
        self._sum = torch.tensor(state["sum"], device=self.accelerator.device)
        self._logged = int(state["logged"])
