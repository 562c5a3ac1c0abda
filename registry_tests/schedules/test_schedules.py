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


def rates(config: str | dict[str, object], warmup: int = WARMUP, steps: int = STEPS) -> list[float]:
    """Return the share of the highest rate before each step, and after the last one."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = Schedule.from_params(config).make(optimizer, warmup, steps)
    found = []
    for _ in range(steps + 1):
        found.append(optimizer.param_groups[0]["lr"] / RATE)
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_rates_rise_from_nothing_to_the_highest(name: str) -> None:
    found = rates(name)
    assert found[: WARMUP + 1] == pytest.approx([step / WARMUP for step in range(WARMUP + 1)])
    assert max(found) == pytest.approx(1)


LEFT: dict[str, Callable[[float], float]] = {
    "linear": lambda passed: 1 - passed,
    "constant": lambda passed: 1,
    "cosine": lambda passed: (1 + math.cos(math.pi * passed)) / 2,
    "polynomial": lambda passed: (1 - passed) ** 2,
    "cosine_with_floor": lambda passed: 0.1 + 0.9 * (1 + math.cos(math.pi * passed)) / 2,
    "cosine_with_restarts": lambda passed: (1 + math.cos(math.pi * (2 * passed % 1))) / 2 if passed < 1 else 0,
}


@pytest.mark.parametrize("name", LEFT)
def test_they_follow_their_formulas(name: str) -> None:
    expected = [LEFT[name]((step - WARMUP) / (STEPS - WARMUP)) for step in range(WARMUP, STEPS + 1)]
    assert rates(name)[WARMUP:] == pytest.approx(expected, abs=1e-9)


def test_the_inverse_root_counts_from_the_warm_up() -> None:
    found = rates("inverse_sqrt")
    assert found[4 * WARMUP] == pytest.approx(math.sqrt(WARMUP / (4 * WARMUP)))


def test_warm_up_stay_and_decay_share_the_run() -> None:
    found = rates({"type": "warmup_stable_decay", "decay": 0.4, "floor": 0.25, "kind": "linear"})
    assert found[WARMUP:60] == pytest.approx([1] * 50)
    assert found[80] == pytest.approx((1 + 0.25) / 2)
    assert found[100] == pytest.approx(0.25)


@pytest.mark.parametrize("name", NAMES)
def test_schedules_declare_whether_they_depend_on_the_length(name: str) -> None:
    same = rates(name, 5, 20)[:20] == rates(name, 5, 40)[:20]
    assert same is not Schedule.by_name(name).hangs_on_length


@pytest.mark.parametrize("name", NAMES)
def test_a_single_step_and_a_warm_up_to_the_last_step_are_accepted(name: str) -> None:
    assert rates(name, 0, 1)[0] == pytest.approx(1)
    assert rates(name, 3, 4)[:4] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_a_wrong_option_is_named() -> None:
    (problem,) = plan_params(Schedule, {"type": "cosine", "cycle": 2}).problems
    assert str(problem) == "cycle: is not an argument of CosineSchedule. did you mean 'cycles'?"
