"""Gradients over their root mean square."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, Between


@Optimizer.register("rmsprop")
class RmsProp(Optimizer):
    """RMSprop (Hinton, lecture notes of 2012), torch's own; registered as ``rmsprop``.

    Source: Hinton, lecture notes, 2012; torch.

    Parameters:
        alpha: how slowly the mean of the squared gradient forgets; default 0.99.
        momentum: share of the last step that the next one keeps; default 0.
        eps: added to the root of the squared gradient's mean; default 1e-8.
    """

    def __init__(
        self,
        alpha: Annotated[float, Between(0, 1)] = 0.99,
        momentum: Annotated[float, Between(0, 1)] = 0.0,
        eps: Annotated[float, Above(0)] = 1e-8,
    ) -> None:
        self.alpha = alpha
        self.momentum = momentum
        self.eps = eps

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(
            groups,
            alpha=self.alpha,
            momentum=self.momentum,
            eps=self.eps,
        )
