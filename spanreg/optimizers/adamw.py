"""Adam with the weight decay apart from the gradient."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, Between


@Optimizer.register("adamw")
class AdamW(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019), torch's own; registered as ``adamw``.

    Source: Loshchilov and Hutter, ICLR 2019; torch.

    Parameters:
        betas: how slowly the means of gradient and squared gradient forget; default 0.9 and 0.999.
        eps: added to the root of the squared gradient's mean; default 1e-8.
        fused: all weights in one kernel, on CPU and GPU, which is the fastest; default on.
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
        return torch.optim.AdamW(
            groups,
            betas=self.betas,
            eps=self.eps,
            fused=self.fused,
        )
