"""Every optimizer builds from a config, reduces a loss, and resumes from its state."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from spanreg.optimizers import Optimizer
from spanreg.registry import ConfigurationError, plan_params

NAMES = Optimizer.list_available()


def random_parameters() -> list[torch.nn.Parameter]:
    """Return two parameters, which are equal at every call."""
    generator = torch.Generator().manual_seed(1)
    return [torch.nn.Parameter(torch.randn(4, 3, generator=generator)) for _ in range(2)]


def parameter_groups(parameters: list[torch.nn.Parameter]) -> list[dict[str, Any]]:
    """Return a group that decays and a group that does not learn."""
    first, second = parameters
    return [
        {"params": [first], "lr": 1e-2, "weight_decay": 0.1},
        {"params": [second], "lr": 0.0, "weight_decay": 0.0},
    ]


def minimize_squares(optimizer: torch.optim.Optimizer, parameters: list[torch.nn.Parameter]) -> None:
    """Take one step on the sum of squares, whose gradient is ``2 * parameter``."""
    optimizer.zero_grad()
    sum((parameter**2).sum() for parameter in parameters).backward()  # type: ignore[union-attr]
    optimizer.step()


def test_common_optimizers_are_registered() -> None:
    assert NAMES[0] == Optimizer.default_implementation == "adamw"
    assert {"adam", "sgd", "adafactor", "rmsprop", "adagrad", "nadam", "radam"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_parameter_groups_have_separate_learning_rates(name: str) -> None:
    parameters = random_parameters()
    before = [parameter.detach().clone() for parameter in parameters]
    optimizer = Optimizer.from_params({"type": name}).make(parameter_groups(parameters))
    for _ in range(20):
        minimize_squares(optimizer, parameters)
    assert (parameters[0] ** 2).sum() < (before[0] ** 2).sum()
    assert torch.equal(parameters[1], before[1])


@pytest.mark.parametrize("name", NAMES)
def test_resuming_from_a_state_dict_gives_equal_weights(name: str) -> None:
    uninterrupted, resumed = random_parameters(), random_parameters()
    optimizer = Optimizer.from_params(name).make(parameter_groups(uninterrupted))
    for _ in range(6):
        minimize_squares(optimizer, uninterrupted)
    before = Optimizer.from_params(name).make(parameter_groups(resumed))
    for _ in range(3):
        minimize_squares(before, resumed)
    after = Optimizer.from_params(name).make(parameter_groups(resumed))
    after.load_state_dict(before.state_dict())
    for _ in range(3):
        minimize_squares(after, resumed)
    assert all(map(torch.equal, uninterrupted, resumed))


def test_adamw_equals_the_formula() -> None:
    weight = torch.nn.Parameter(random_parameters()[0].detach().double())
    rate, decay, (beta1, beta2), eps = 1e-2, 0.1, (0.8, 0.9), 1e-6
    expected, mean, square = weight.detach().clone(), 0.0, 0.0
    factory = Optimizer.from_params({"type": "adamw", "betas": [beta1, beta2], "eps": eps})
    optimizer = factory.make([{"params": [weight], "lr": rate, "weight_decay": decay}])
    for number in range(1, 5):
        minimize_squares(optimizer, [weight])
        gradient = 2 * expected
        mean, square = beta1 * mean + (1 - beta1) * gradient, beta2 * square + (1 - beta2) * gradient**2
        root = (square / (1 - beta2**number)).sqrt() + eps
        expected = expected * (1 - rate * decay) - rate * mean / (1 - beta1**number) / root
    assert torch.allclose(weight, expected, rtol=0, atol=1e-12)


def test_bert_adam_equals_the_formula() -> None:
    weight = torch.nn.Parameter(random_parameters()[0].detach().double())
    rate, decay, (beta1, beta2), eps = 1e-2, 0.1, (0.8, 0.9), 1e-6
    expected, mean, square = weight.detach().clone(), 0.0, 0.0
    factory = Optimizer.from_params({"type": "bert_adam", "betas": [beta1, beta2], "eps": eps})
    optimizer = factory.make([{"params": [weight], "lr": rate, "weight_decay": decay}])
    for _ in range(4):
        minimize_squares(optimizer, [weight])
        gradient = 2 * expected
        mean, square = beta1 * mean + (1 - beta1) * gradient, beta2 * square + (1 - beta2) * gradient**2
        expected = expected - rate * (mean / (square**0.5 + eps) + decay * expected)
    assert torch.allclose(weight, expected, rtol=0, atol=1e-12)


def test_bert_adam_resumes_with_weight_decay() -> None:
    uninterrupted, resumed = random_parameters(), random_parameters()
    factory = Optimizer.from_params({"type": "bert_adam"})
    optimizer, before, after = (
        factory.make([{"params": parameters, "lr": 1e-2, "weight_decay": 0.1}])
        for parameters in (uninterrupted, resumed, resumed)
    )
    minimize_squares(optimizer, uninterrupted)
    minimize_squares(before, resumed)
    after.load_state_dict(before.state_dict())
    minimize_squares(optimizer, uninterrupted)
    minimize_squares(after, resumed)
    assert all(torch.equal(left, right) for left, right in zip(uninterrupted, resumed, strict=True))


def test_an_unknown_name_and_an_invalid_option_are_rejected() -> None:
    (problem,) = plan_params(Optimizer, {"type": "sgd", "momentum": 2}).problems
    assert str(problem) == "momentum: is 2. give a value between 0 and 1"
    with pytest.raises(ConfigurationError, match="did you mean 'nadam'"):
        Optimizer.from_params("ndam")
