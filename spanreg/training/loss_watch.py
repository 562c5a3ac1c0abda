"""Sees the first loss that is not finite."""

from __future__ import annotations

import torch
from torch import Tensor

from spanreg.registry import ConfigurationError
from spanreg.training.options import TrainingOptions


class LossWatch:
    """Ends a run whose loss is not finite, and names the step at which that began.

    On the CPU every loss is looked at. A GPU is not made to wait at every step: the step is noted on the GPU itself and
    looked at every ``cadence`` steps.

    Parameters:
        options: the ``training`` part of the config, for the hint.
        cadence: steps between two looks on a GPU.

    Raises:
        ConfigurationError: the loss is not finite.
    """

    def __init__(self, options: TrainingOptions, cadence: int) -> None:
        self.options = options
        self.cadence = max(1, int(cadence))
        self._first: Tensor | None = None

    def see(self, loss: Tensor, step: int) -> None:
        """Takes note of one step's loss; steps count from 1."""
        # shape: ()
        now = torch.where(torch.isfinite(loss.detach()), 0, step)
        self._first = now if self._first is None else torch.where(self._first == 0, now, self._first)
        if loss.device.type == "cpu" or step % self.cadence == 0:
            self.require_finite()

    def require_finite(self) -> None:
        """Raises if any loss so far was not finite."""
        step = 0 if self._first is None else int(self._first.item())
        if step:
            raise ConfigurationError(
                f"the loss is not finite from step {step} on",
                path="training",
                hint=f"lower learning_rate (it is {self.options.learning_rate:g}), lengthen warmup, or take"
                " precision 'fp32'",
            )
