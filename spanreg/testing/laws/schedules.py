"""Laws of the schedules."""

from __future__ import annotations

from math import isclose
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler

from spanreg.testing.contract import Law, Subject, hold

CASES: list[dict[str, Any]] = [{}]
RATE, WARMUP, STEPS = 0.5, 4, 20


def made(subject: Subject, warmup: int, steps: int) -> tuple[torch.optim.Optimizer, LRScheduler]:
    """A schedule, and the optimiser whose rates it sets."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=RATE)
    return optimizer, subject.make().make(optimizer, warmup, steps)


def rates(subject: Subject, warmup: int = WARMUP, steps: int = STEPS) -> list[float]:
    """The share of the highest rate at every step."""
    optimizer, scheduler = made(subject, warmup, steps)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"] / RATE)
        optimizer.step()
        scheduler.step()
    return found


def rates_rise_in_the_warm_up(subject: Subject) -> None:
    """From 0 in equal steps to the highest rate, which is never exceeded."""
    found = rates(subject)
    expected = [step / WARMUP for step in range(WARMUP + 1)]
    is_line = all(isclose(rate, wanted, abs_tol=1e-6) for rate, wanted in zip(found, expected, strict=False))
    hold(is_line, f"the shares of the highest rate are {found[: WARMUP + 1]}, expected {expected}")
    hold(min(found) >= 0 and max(found) <= 1 + 1e-9, f"the shares lie between {min(found)} and {max(found)}")


def any_length_will_do(subject: Subject) -> None:
    """A single step learns; a warm-up may take all steps but the last, or none."""
    hold(rates(subject, 0, 1)[0] > 0, "the rate of a single step is 0")
    for warmup in (0, STEPS - 1):
        hold(rates(subject, warmup)[warmup] > 0, f"the rate after a warm-up of {warmup} of {STEPS} steps is 0")


def it_says_whether_it_hangs_on_the_length(subject: Subject) -> None:
    """``hangs_on_length`` is true just where a longer run has other rates."""
    hangs = rates(subject) != rates(subject, steps=2 * STEPS)[:STEPS]
    declared: Any = subject.cls
    hold(hangs == declared.hangs_on_length, f"hangs_on_length is {declared.hangs_on_length}, the rates say {hangs}")


def its_state_is_all_that_it_needs(subject: Subject) -> None:
    """A schedule that was given another's state goes on as that one would."""
    whole = rates(subject)
    optimizer, first = made(subject, WARMUP, STEPS)
    for _ in range(STEPS // 2):
        optimizer.step()
        first.step()
    _, second = made(subject, WARMUP, STEPS)
    second.load_state_dict(first.state_dict())
    rate = second.get_last_lr()[0] / RATE
    hold(isclose(rate, whole[STEPS // 2]), f"the share is {rate} after it took a state, expected {whole[STEPS // 2]}")


LAWS: list[Law] = [
    rates_rise_in_the_warm_up,
    any_length_will_do,
    it_says_whether_it_hangs_on_the_length,
    its_state_is_all_that_it_needs,
]
