"""Every optimizer builds from a config, reduces a loss, and resumes from its state."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from spanreg.optimizers import Optimizer
from spanreg.registry import ConfigurationError, plan_params

NAMES = Optimizer.list_available()


def weights() -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(1)
    return [torch.nn.Parameter(torch.randn(4, 3, generator=generator)) for _ in range(2)]


def groups(parameters: list[torch.nn.Parameter]) -> list[dict[str, Any]]:
    first, second = parameters
    return [
        {"params": [first], "lr": 1e-2, "weight_decay": 0.1},
        {"params": [second], "lr": 0.0, "weight_decay": 0.0},
    ]


def step(optimizer: torch.optim.Optimizer, parameters: list[torch.nn.Parameter]) -> None:
    optimizer.zero_grad()
    sum((parameter**2).sum() for parameter in parameters).backward()  # type: ignore[union-attr]
    optimizer.step()


def test_the_usual_ones_are_there() -> None:
    assert NAMES[0] == Optimizer.default_implementation == "adamw"
    assert {"adam", "sgd", "adafactor", "rmsprop", "adagrad", "nadam", "radam"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_groups_have_their_own_learning_rates(name: str) -> None:
    parameters = weights()
    before = [parameter.detach().clone() for parameter in parameters]
    optimizer = Optimizer.from_params({"type": name}).make(groups(parameters))
    for _ in range(20):
        step(optimizer, parameters)
    assert (parameters[0] ** 2).sum() < (before[0] ** 2).sum()
    assert torch.equal(parameters[1], before[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_state_dict_is_enough_to_resume(name: str) -> None:
    straight, stopped = weights(), weights()
    through = Optimizer.from_params(name).make(groups(straight))
    for _ in range(6):
        step(through, straight)
    first = Optimizer.from_params(name).make(groups(stopped))
    for _ in range(3):
        step(first, stopped)
    second = Optimizer.from_params(name).make(groups(stopped))
    second.load_state_dict(first.state_dict())
    for _ in range(3):
        step(second, stopped)
    assert all(map(torch.equal, straight, stopped))


def test_adamw_equals_the_formula() -> None:
    weight = torch.nn.Parameter(weights()[0].detach().double())
    rate, decay, (slow, slower), eps = 1e-2, 0.1, (0.8, 0.9), 1e-6
    plain, mean, square = weight.detach().clone(), 0.0, 0.0
    made = Optimizer.from_params({"type": "adamw", "betas": [slow, slower], "eps": eps})
    optimizer = made.make([{"params": [weight], "lr": rate, "weight_decay": decay}])
    for number in range(1, 5):
        step(optimizer, [weight])
        gradient = 2 * plain
        mean, square = slow * mean + (1 - slow) * gradient, slower * square + (1 - slower) * gradient**2
        root = (square / (1 - slower**number)).sqrt() + eps
        plain = plain * (1 - rate * decay) - rate * mean / (1 - slow**number) / root
    assert torch.allclose(weight, plain, rtol=0, atol=1e-12)


def test_bert_adam_equals_the_formula() -> None:
    weight = torch.nn.Parameter(weights()[0].detach().double())
    rate, decay, (slow, slower), eps = 1e-2, 0.1, (0.8, 0.9), 1e-6
    plain, mean, square = weight.detach().clone(), 0.0, 0.0
    made = Optimizer.from_params({"type": "bert_adam", "betas": [slow, slower], "eps": eps})
    optimizer = made.make([{"params": [weight], "lr": rate, "weight_decay": decay}])
    for _ in range(4):
        step(optimizer, [weight])
        gradient = 2 * plain
        mean, square = slow * mean + (1 - slow) * gradient, slower * square + (1 - slower) * gradient**2
        plain = plain - rate * (mean / (square**0.5 + eps) + decay * plain)
    assert torch.allclose(weight, plain, rtol=0, atol=1e-12)


def test_bert_adam_resumes() -> None:
    whole, stopped = weights(), weights()
    made = Optimizer.from_params({"type": "bert_adam"})
    one, other = (made.make([{"params": each, "lr": 1e-2, "weight_decay": 0.1}]) for each in (whole, stopped))
    step(one, whole)
    step(other, stopped)
    again = made.make([{"params": stopped, "lr": 1e-2, "weight_decay": 0.1}])
    again.load_state_dict(other.state_dict())
    step(one, whole)
    step(again, stopped)
    assert all(torch.equal(left, right) for left, right in zip(whole, stopped, strict=True))


def test_a_wrong_option_is_named() -> None:
    (problem,) = plan_params(Optimizer, {"type": "sgd", "momentum": 2}).problems
    assert str(problem) == "momentum: is 2. give a value between 0 and 1"
    with pytest.raises(ConfigurationError, match="did you mean 'nadam'"):
        Optimizer.from_params("ndam")
