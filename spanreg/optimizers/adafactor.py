"""Adam in little memory."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above


@Optimizer.register("adafactor")
class Adafactor(Optimizer):
    """Adafactor (Shazeer and Stern, 2018), torch's own; registered as ``adafactor``.

    Of a matrix of squared gradients it keeps only means of the rows and of the columns.

    Source: Shazeer and Stern, ICML 2018; torch.

    Parameters:
        beta2_decay: exponent of the step by which the mean of squared gradients forgets; default -0.8.
        clip_factor: largest root mean square of an update; default 1.
    """

    def __init__(
        self,
        beta2_decay: float = -0.8,
        clip_factor: Annotated[float, Above(0)] = 1.0,
    ) -> None:
        self.beta2_decay = beta2_decay
        self.clip_factor = clip_factor

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.Adafactor(
            groups,
            beta2_decay=self.beta2_decay,
            d=self.clip_factor,
        )
