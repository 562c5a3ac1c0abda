"""Optimizers of torch: one small class for each, with the options that a config may set.

They are classes, not rows of a table, because the registry reads names, types and defaults from source text: ``list``,
``describe`` and ``check`` answer without importing torch, and a table would have to be executed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import torch

from spanreg.optimizers.base import Optimizer
from spanreg.registry import Above, Between

Positive = Annotated[float, Above(0)]
Share = Annotated[float, Between(0, 1)]
Betas = tuple[Share, Share]


@Optimizer.register("adamw")
@dataclass(frozen=True)
class AdamWOptimizer(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019), registered as ``adamw``.

    ``training: { optimizer: { type: 'adamw', betas: [0.9, 0.98] } }``

    Source: Loshchilov and Hutter, ICLR 2019; ``torch.optim.AdamW``.
    """

    betas: Betas = (0.9, 0.999)
    "decay rates of the running means of the gradient and of its square; default 0.9 and 0.999."
    eps: Positive = 1e-8
    "added to the root of the squared gradient's mean; default 1e-8."
    fused: bool = True
    "whether to update all weights in one kernel, the fastest form on CPU and GPU; default true."

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(groups, **asdict(self))


@Optimizer.register("adam")
@dataclass(frozen=True)
class AdamOptimizer(Optimizer):
    """Adam (Kingma and Ba, 2015), whose weight decay is part of the gradient; registered as ``adam``.

    The decay then passes through the running means, so that weights with large gradients decay less than by ``adamw``.

    ``training: { optimizer: 'adam' }``

    Source: Kingma and Ba, ICLR 2015; ``torch.optim.Adam``.
    """

    betas: Betas = (0.9, 0.999)
    "decay rates of the running means of the gradient and of its square; default 0.9 and 0.999."
    eps: Positive = 1e-8
    "added to the root of the squared gradient's mean; default 1e-8."
    fused: bool = True
    "whether to update all weights in one kernel; default true."

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.Adam(groups, **asdict(self))


@Optimizer.register("nadam")
@dataclass(frozen=True)
class NAdamOptimizer(Optimizer):
    """Adam with Nesterov momentum (Dozat, 2016) and decoupled weight decay, registered as ``nadam``.

    ``training: { optimizer: 'nadam' }``

    Source: Dozat, 2016; ``torch.optim.NAdam``.
    """

    betas: Betas = (0.9, 0.999)
    "decay rates of the running means of the gradient and of its square; default 0.9 and 0.999."
    eps: Positive = 1e-8
    "added to the root of the squared gradient's mean; default 1e-8."

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        # As in adamw: torch's default would add the weight decay to the gradient.
        return torch.optim.NAdam(groups, **asdict(self), decoupled_weight_decay=True)


@Optimizer.register("radam")
@dataclass(frozen=True)
class RAdamOptimizer(Optimizer):
    """Rectified Adam (Liu et al., 2020) with decoupled weight decay, registered as ``radam``.

    ``training: { optimizer: 'radam' }``

    Source: Liu et al., ICLR 2020; ``torch.optim.RAdam``.
    """

    betas: Betas = (0.9, 0.999)
    "decay rates of the running means of the gradient and of its square; default 0.9 and 0.999."
    eps: Positive = 1e-8
    "added to the root of the squared gradient's mean; default 1e-8."

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        # As in adamw: torch's default would add the weight decay to the gradient.
        return torch.optim.RAdam(groups, **asdict(self), decoupled_weight_decay=True)


@Optimizer.register("adafactor")
@dataclass(frozen=True)
class AdafactorOptimizer(Optimizer):
    """Adafactor (Shazeer and Stern, 2018), registered as ``adafactor``.

    For a matrix it stores the row and column means of the squared gradients instead of all of them. A step is relative
    to the root mean square of the weights, so it needs a larger learning rate than the other optimizers.

    ``training: { optimizer: 'adafactor' }``

    Source: Shazeer and Stern, ICML 2018; ``torch.optim.Adafactor``.
    """

    beta2_decay: float = -0.8
    "exponent of the step number in the decay rate of the squared gradients' mean; default -0.8."
    clip_factor: Positive = 1.0
    "largest root mean square of an update; default 1."

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        # torch names the clipping threshold d, as the paper does.
        return torch.optim.Adafactor(groups, beta2_decay=self.beta2_decay, d=self.clip_factor)


@Optimizer.register("adagrad")
@dataclass(frozen=True)
class AdagradOptimizer(Optimizer):
    """Adagrad (Duchi, Hazan and Singer, 2011), registered as ``adagrad``.

    ``training: { optimizer: 'adagrad' }``

    Source: Duchi, Hazan and Singer, JMLR 2011; ``torch.optim.Adagrad``.
    """

    eps: Positive = 1e-10
    "added to the root of the sum of squared gradients; default 1e-10."

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.Adagrad(groups, **asdict(self))


@Optimizer.register("rmsprop")
@dataclass(frozen=True)
class RmsPropOptimizer(Optimizer):
    """RMSprop (Hinton, lecture notes, 2012), registered as ``rmsprop``.

    ``training: { optimizer: { type: 'rmsprop', momentum: 0.9 } }``

    Source: Hinton, lecture notes, 2012; ``torch.optim.RMSprop``.
    """

    alpha: Share = 0.99
    "decay rate of the squared gradient's running mean; default 0.99."
    momentum: Share = 0.0
    "share of the previous step that is added to the next one; default 0."
    eps: Positive = 1e-8
    "added to the root of the squared gradient's mean; default 1e-8."

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(groups, **asdict(self))


@Optimizer.register("sgd")
@dataclass(frozen=True)
class SgdOptimizer(Optimizer):
    """Stochastic gradient descent with momentum, registered as ``sgd``.

    ``training: { optimizer: { type: 'sgd', momentum: 0.9, nesterov: true } }``

    Source: ``torch.optim.SGD``.
    """

    momentum: Share = 0.9
    "share of the previous step that is added to the next one; default 0.9."
    nesterov: bool = False
    "whether to use Nesterov momentum; default false."

    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:

        return torch.optim.SGD(groups, **asdict(self), fused=True)
