"""Every schedule builds from a config, warms up, and follows the formula in its docstring."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from spanreg.registry import plan_params
from spanreg.schedules import Schedule

NAMES = Schedule.list_available()
RATE, WARMUP, STEPS = 0.5, 10, 100


def learning_rates(config: str | dict[str, object], warmup: int = WARMUP, steps: int = STEPS) -> list[float]:
    """Return the share of the highest rate at each step, and after the last one."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = Schedule.from_params(config).make(optimizer, warmup, steps)
    shares = []
    for _ in range(steps + 1):
        shares.append(optimizer.param_groups[0]["lr"] / RATE)
        optimizer.step()
        scheduler.step()
    return shares


@pytest.mark.parametrize("name", NAMES)
def test_the_warm_up_is_linear_from_0_to_the_highest_rate(name: str) -> None:
    shares = learning_rates(name)
    assert shares[: WARMUP + 1] == pytest.approx([step / WARMUP for step in range(WARMUP + 1)])
    assert max(shares) == pytest.approx(1)


DECAYS: dict[str, Callable[[float], float]] = {
    "linear": lambda passed: 1 - passed,
    "constant": lambda passed: 1,
    "cosine": lambda passed: (1 + math.cos(math.pi * passed)) / 2,
    "polynomial": lambda passed: (1 - passed) ** 2,
    "cosine_with_floor": lambda passed: 0.1 + 0.9 * (1 + math.cos(math.pi * passed)) / 2,
    "cosine_with_restarts": lambda passed: (1 + math.cos(math.pi * (2 * passed % 1))) / 2 if passed < 1 else 0,
}
"Share of the highest rate, by the share of the steps after the warm-up that have passed; with the default options."


@pytest.mark.parametrize("name", DECAYS)
def test_rates_after_the_warm_up_follow_the_formula(name: str) -> None:
    expected = [DECAYS[name]((step - WARMUP) / (STEPS - WARMUP)) for step in range(WARMUP, STEPS + 1)]
    assert learning_rates(name)[WARMUP:] == pytest.approx(expected, abs=1e-9)


def test_inverse_sqrt_is_relative_to_the_length_of_the_warm_up() -> None:
    shares = learning_rates("inverse_sqrt")
    assert shares[4 * WARMUP] == pytest.approx(math.sqrt(WARMUP / (4 * WARMUP)))


def test_warmup_stable_decay_has_three_phases() -> None:
    # Of 100 steps, 10 warm up, and the last 40 fall to a quarter of the highest rate.
    shares = learning_rates({"type": "warmup_stable_decay", "decay": 0.4, "floor": 0.25, "kind": "linear"})
    assert shares[WARMUP:60] == pytest.approx([1] * 50)
    assert shares[80] == pytest.approx((1 + 0.25) / 2)
    assert shares[100] == pytest.approx(0.25)


@pytest.mark.parametrize("name", NAMES)
def test_schedules_declare_whether_they_depend_on_the_length_of_the_run(name: str) -> None:
    is_independent = learning_rates(name, 5, 20)[:20] == learning_rates(name, 5, 40)[:20]
    assert is_independent is not Schedule.by_name(name).hangs_on_length


@pytest.mark.parametrize("name", NAMES)
def test_runs_of_a_single_step_and_long_warm_ups_are_accepted(name: str) -> None:
    assert learning_rates(name, 0, 1)[0] == pytest.approx(1)
    assert learning_rates(name, 3, 4)[:4] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_an_unknown_option_is_rejected() -> None:
    (problem,) = plan_params(Schedule, {"type": "cosine", "cycle": 2}).problems
    assert str(problem) == "cycle: is not an argument of CosineSchedule. did you mean 'cycles'?"
