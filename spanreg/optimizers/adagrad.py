"""Gradients over the root of all squared gradients so far."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above


@Optimizer.register("adagrad")
class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan and Singer, 2011), torch's own; registered as ``adagrad``.

    Source: Duchi, Hazan and Singer, JMLR 2011; torch.

    Parameters:
        eps: added to the root; default 1e-10.
    """

    def __init__(
        self,
        eps: Annotated[float, Above(0)] = 1e-10,
    ) -> None:
        self.eps = eps

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.Adagrad(
            groups,
            eps=self.eps,
        )
