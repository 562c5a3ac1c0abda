"""Adam in the form that was published with BERT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import torch
from torch import Tensor

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, Between


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


class UncorrectedAdam(torch.optim.Optimizer):
    """Torch optimizer of ``bert_adam``; torch has no Adam without bias correction.

    ``UncorrectedAdam([{"params": weights, "lr": 1e-3, "weight_decay": 0.01}], betas=(0.9, 0.999), eps=1e-6)``

    Parameters:
        groups: parameter groups, each with ``params``, ``lr`` and ``weight_decay``.
        betas: decay rates of the two means.
        eps: added to the root of the squared gradient's mean.
    """

    def __init__(self, groups: list[dict[str, Any]], betas: tuple[float, float], eps: float) -> None:
        super().__init__(groups, {"betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                self._update(weights, group)
        return loss

    def _update(self, weights: list[Tensor], group: dict[str, Any]) -> None:
        """Update the weights of a group."""
        slow, slower = group["betas"]
        for weight in weights:
            if not self.state[weight]:
                self.state[weight] = {"mean": torch.zeros_like(weight), "square": torch.zeros_like(weight)}
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        means = [self.state[weight]["mean"] for weight in weights]
        squares = [self.state[weight]["square"] for weight in weights]
        # One call per operation for all weights: a loop over hundreds of weights would launch hundreds of kernels.
        torch._foreach_lerp_(means, gradients, 1 - slow)
        torch._foreach_mul_(squares, slower)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - slower)
        roots = torch._foreach_sqrt(squares)
        torch._foreach_add_(roots, group["eps"])
        updates = torch._foreach_div(means, roots)
        torch._foreach_add_(updates, weights, alpha=group["weight_decay"])
        torch._foreach_add_(weights, updates, alpha=-group["lr"])
