"""Adam whose first steps are rectified."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, Between


@Optimizer.register("radam")
class RAdam(Optimizer):
    """RAdam (Liu and others, 2020) with decoupled weight decay, torch's own; registered as ``radam``.

    Source: Liu et al., ICLR 2020; torch.

    Parameters:
        betas: how slowly the means of gradient and squared gradient forget; default 0.9 and 0.999.
        eps: added to the root of the squared gradient's mean; default 1e-8.
    """

    def __init__(
        self,
        betas: tuple[Annotated[float, Between(0, 1)], Annotated[float, Between(0, 1)]] = (0.9, 0.999),
        eps: Annotated[float, Above(0)] = 1e-8,
    ) -> None:
        self.betas = betas
        self.eps = eps

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.RAdam(
            groups,
            betas=self.betas,
            eps=self.eps,
            decoupled_weight_decay=True,
        )
