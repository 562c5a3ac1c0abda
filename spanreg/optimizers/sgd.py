"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Between


@Optimizer.register("sgd")
class Sgd(Optimizer):
    """Stochastic gradient descent, torch's own; registered as ``sgd``.

    Source: torch.

    Parameters:
        momentum: share of the last step that the next one keeps; default 0.9.
        nesterov: whether the gradient is taken where the momentum leads; default off.
    """

    def __init__(
        self,
        momentum: Annotated[float, Between(0, 1)] = 0.9,
        nesterov: bool = False,
    ) -> None:
        self.momentum = momentum
        self.nesterov = nesterov

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.SGD(
            groups,
            momentum=self.momentum,
            nesterov=self.nesterov,
            fused=True,
        )
