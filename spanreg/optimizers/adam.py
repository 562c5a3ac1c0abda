"""Adam as first published."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, Between


@Optimizer.register("adam")
class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015), torch's own, whose weight decay is part of the gradient; registered as ``adam``.

    Source: Kingma and Ba, ICLR 2015; torch.

    Parameters:
        betas: how slowly the means of gradient and squared gradient forget; default 0.9 and 0.999.
        eps: added to the root of the squared gradient's mean; default 1e-8.
        fused: all weights in one kernel; default on.
    """

    def __init__(
        self,
        betas: tuple[Annotated[float, Between(0, 1)], Annotated[float, Between(0, 1)]] = (0.9, 0.999),
        eps: Annotated[float, Above(0)] = 1e-8,
        fused: bool = True,
    ) -> None:
        self.betas = betas
        self.eps = eps
        self.fused = fused

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.Adam(
            groups,
            betas=self.betas,
            eps=self.eps,
            fused=self.fused,
        )
