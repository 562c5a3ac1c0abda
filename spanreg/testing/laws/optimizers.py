"""Laws of optimizers."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from spanreg.testing.contract import ComponentCase, Law, require

CASES: list[dict[str, Any]] = [{}]
STEPS = 4
"Steps before and after an interruption."


def weights() -> list[nn.Parameter]:
    """Return three matrices."""
    generator = torch.Generator().manual_seed(1)
    return [nn.Parameter(torch.randn(4, 3, generator=generator)) for _ in range(3)]


def made(subject: ComponentCase, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """Return an optimizer of three groups: the second has the learning rate 0, the third gets no gradient."""
    rates = (1e-2, 0.0, 1e-2)
    groups = [
        {"params": [weight], "lr": rate, "weight_decay": 0.0} for weight, rate in zip(parameters, rates, strict=True)
    ]
    optimizer: torch.optim.Optimizer = subject.make().make(groups)
    return optimizer


def take_steps(optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter], count: int) -> None:
    """Take steps towards small weights; the last weight gets no gradient."""
    for _ in range(count):
        optimizer.zero_grad()
        loss = (parameters[0] ** 2).sum() + (parameters[1] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def the_loss_falls(subject: ComponentCase) -> None:
    """Steps on a convex function lower its value."""
    parameters = weights()
    before = float((parameters[0] ** 2).sum().detach())
    take_steps(made(subject, parameters), parameters, 20)
    after = float((parameters[0] ** 2).sum().detach())
    require(after < before, f"the loss is {before:.4g} before and {after:.4g} after 20 steps")


def every_group_has_its_own_rate(subject: ComponentCase) -> None:
    """Weights with a learning rate of 0 do not change, and neither do weights without a gradient."""
    parameters, before = weights(), weights()
    take_steps(made(subject, parameters), parameters, STEPS)
    require(torch.equal(parameters[1], before[1]), "weights with a learning rate of 0 change")
    require(torch.equal(parameters[2], before[2]), "weights without a gradient change")


def its_state_is_all_that_it_needs(subject: ComponentCase) -> None:
    """An optimizer that loads another one's state continues in the same way."""
    straight, stopped = weights(), weights()
    take_steps(made(subject, straight), straight, 2 * STEPS)
    first = made(subject, stopped)
    take_steps(first, stopped, STEPS)
    second = made(subject, stopped)
    second.load_state_dict(first.state_dict())
    take_steps(second, stopped, STEPS)
    require(all(map(torch.equal, straight, stopped)), "the weights differ if training is interrupted between two steps")


LAWS: list[Law] = [the_loss_falls, every_group_has_its_own_rate, its_state_is_all_that_it_needs]
