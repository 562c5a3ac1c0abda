"""Laws of schedules."""

from __future__ import annotations

from math import isclose
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler

from spanreg.testing.contract import ComponentCase, Law, require

CASES: list[dict[str, Any]] = [{}]
RATE, WARMUP, STEPS = 0.5, 4, 20
"Highest learning rate, steps of its warm-up, and all steps."


def made(subject: ComponentCase, warmup: int, steps: int) -> tuple[torch.optim.Optimizer, LRScheduler]:
    """Return an optimizer and the schedule of its learning rate."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=RATE)
    return optimizer, subject.make().make(optimizer, warmup, steps)


def rates(subject: ComponentCase, warmup: int = WARMUP, steps: int = STEPS) -> list[float]:
    """Return the learning rate at every step, as a share of the highest one."""
    optimizer, scheduler = made(subject, warmup, steps)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"] / RATE)
        optimizer.step()  # torch warns of a scheduler whose optimizer takes no step
        scheduler.step()
    return found


def rates_rise_in_the_warm_up(subject: ComponentCase) -> None:
    """The rate rises from 0 in equal steps to the highest rate, and never exceeds it."""
    found = rates(subject)
    expected = [step / WARMUP for step in range(WARMUP + 1)]
    is_line = all(isclose(rate, wanted, abs_tol=1e-6) for rate, wanted in zip(found, expected, strict=False))
    require(is_line, f"the shares of the highest rate are {found[: WARMUP + 1]}, expected {expected}")
    require(min(found) >= 0 and max(found) <= 1 + 1e-9, f"the shares are between {min(found)} and {max(found)}")


def all_lengths_are_accepted(subject: ComponentCase) -> None:
    """The rate of a single step is positive; a warm-up may have all steps but the last, or none."""
    require(rates(subject, 0, 1)[0] > 0, "the rate of a single step is 0")
    for warmup in (0, STEPS - 1):
        require(rates(subject, warmup)[warmup] > 0, f"the rate after a warm-up of {warmup} of {STEPS} steps is 0")


def dependence_on_the_length_is_declared(subject: ComponentCase) -> None:
    """``hangs_on_length`` is true if and only if a longer run has other rates."""
    # The first rates of a run of twice the length, step by step.
    hangs = rates(subject) != rates(subject, steps=2 * STEPS)[:STEPS]
    declared: Any = subject.cls
    require(hangs == declared.hangs_on_length, f"hangs_on_length is {declared.hangs_on_length}, the rates show {hangs}")


def its_state_is_all_that_it_needs(subject: ComponentCase) -> None:
    """A schedule that loads another one's state continues in the same way."""
    whole = rates(subject)
    optimizer, first = made(subject, WARMUP, STEPS)
    for _ in range(STEPS // 2):
        optimizer.step()
        first.step()
    _, second = made(subject, WARMUP, STEPS)
    second.load_state_dict(first.state_dict())
    rate = second.get_last_lr()[0] / RATE
    require(
        isclose(rate, whole[STEPS // 2]), f"the share is {rate} after loading a state, expected {whole[STEPS // 2]}"
    )


LAWS: list[Law] = [
    rates_rise_in_the_warm_up,
    all_lengths_are_accepted,
    dependence_on_the_length_is_declared,
    its_state_is_all_that_it_needs,
]
