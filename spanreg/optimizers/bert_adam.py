"""Adam in the form that was published with BERT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, Between

_UNCORRECTED: Final = 1e15
"""A count of steps after which the correction of any decay rate below 1 - 1e-13 is exactly 1. It never grows: the next
number in float32 is 67 million larger, so that adding 1 changes nothing."""


@Optimizer.register("bert_adam")
class BertAdamOptimizer(Optimizer):
    """Adam without bias correction and with decoupled weight decay, registered as ``bert_adam``.

    ``m = b1 m + (1 - b1) g``, ``s = b2 s + (1 - b2) g**2``, ``w = w - rate * (m / (sqrt(s) + eps) + decay * w)``.
    The first steps are larger than Adam's, which bias correction makes smaller; the warm-up compensates for that.

    ``training: { optimizer: 'bert_adam', weight_decay: 0.01 }``

    Source: Devlin et al., NAACL 2019 (published code); the paper's released code.

    Parameters:
        betas: decay rates b1 and b2 of the two means; default 0.9 and 0.999.
        eps: added to the root of the squared gradient's mean; default 1e-6.
    """

    def __init__(
        self,
        betas: tuple[Annotated[float, Between(0, 1)], Annotated[float, Between(0, 1)]] = (0.9, 0.999),
        eps: Annotated[float, Above(0)] = 1e-6,
    ) -> None:
        self.betas = betas
        self.eps = eps

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return UncorrectedAdam(groups, self.betas, self.eps)


class UncorrectedAdam(torch.optim.AdamW):
    """Torch optimizer of ``bert_adam``: the fused AdamW with its count of steps set so high that nothing is corrected.

    ``UncorrectedAdam([{"params": weights, "lr": 1e-3, "weight_decay": 0.01}], betas=(0.9, 0.999), eps=1e-6)``

    Parameters:
        groups: parameter groups, each with ``params``, ``lr`` and ``weight_decay``.
        betas: decay rates of the two means.
        eps: added to the root of the squared gradient's mean.
    """

    def __init__(self, groups: list[dict[str, Any]], betas: tuple[float, float], eps: float) -> None:
        super().__init__(groups, betas=betas, eps=eps, fused=True)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        for weight in (weight for group in self.param_groups for weight in group["params"]):
            if not self.state[weight]:
                # AdamW divides by 1 - beta ** step, which is 1 for these steps; its kernel reads memory once, where a
                # formula in torch operations reads and writes all weights eight times.
                self.state[weight] = {
                    "step": torch.tensor(_UNCORRECTED, dtype=torch.float32, device=weight.device),
                    "exp_avg": torch.zeros_like(weight),
                    "exp_avg_sq": torch.zeros_like(weight),
                }
        return super().step(closure)
