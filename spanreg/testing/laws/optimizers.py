"""Laws of the optimisers."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from spanreg.testing.contract import Law, Subject, hold

CASES: list[dict[str, Any]] = [{}]
STEPS = 4


def weights() -> list[nn.Parameter]:
    """Three matrices."""
    generator = torch.Generator().manual_seed(1)
    return [nn.Parameter(torch.randn(4, 3, generator=generator)) for _ in range(3)]


def made(subject: Subject, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """An optimiser of three groups: one that learns, one that does not, one that has no gradient."""
    rates = (1e-2, 0.0, 1e-2)
    groups = [
        {"params": [weight], "lr": rate, "weight_decay": 0.0} for weight, rate in zip(parameters, rates, strict=True)
    ]
    optimizer: torch.optim.Optimizer = subject.make().make(groups)
    return optimizer


def take_steps(optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter], count: int) -> None:
    """Steps towards small weights; the last weight has no gradient."""
    for _ in range(count):
        optimizer.zero_grad()
        loss = (parameters[0] ** 2).sum() + (parameters[1] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def the_loss_falls(subject: Subject) -> None:
    """Some steps on a bowl lead down."""
    parameters = weights()
    before = float((parameters[0] ** 2).sum().detach())
    take_steps(made(subject, parameters), parameters, 20)
    after = float((parameters[0] ** 2).sum().detach())
    hold(after < before, f"the loss is {before:.4g} before and {after:.4g} after 20 steps")


def every_group_has_its_own_rate(subject: Subject) -> None:
    """Weights whose learning rate is 0 stay as they are, and so do those without a gradient."""
    parameters, before = weights(), weights()
    take_steps(made(subject, parameters), parameters, STEPS)
    hold(torch.equal(parameters[1], before[1]), "weights move whose learning rate is 0")
    hold(torch.equal(parameters[2], before[2]), "weights move that have no gradient")


def its_state_is_all_that_it_needs(subject: Subject) -> None:
    """An optimiser that was given another's state goes on as that one would."""
    straight, stopped = weights(), weights()
    take_steps(made(subject, straight), straight, 2 * STEPS)
    first = made(subject, stopped)
    take_steps(first, stopped, STEPS)
    second = made(subject, stopped)
    second.load_state_dict(first.state_dict())
    take_steps(second, stopped, STEPS)
    hold(all(map(torch.equal, straight, stopped)), "other weights come out where it was stopped between two steps")


LAWS: list[Law] = [the_loss_falls, every_group_has_its_own_rate, its_state_is_all_that_it_needs]
