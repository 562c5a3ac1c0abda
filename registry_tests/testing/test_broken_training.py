"""Violations of the laws of optimizers, schedules and callbacks: each is reported with its law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from spanreg.callbacks import Callback
from spanreg.optimizers import Optimizer
from spanreg.registry import Registrable
from spanreg.schedules import Schedule
from spanreg.testing import ContractError, check_component, laws_of

Groups = list[dict[str, Any]]


class GradientAscent(Optimizer):
    """Optimizer that raises the loss."""

    def make(self, groups: Groups) -> torch.optim.Optimizer:
        return torch.optim.SGD(groups, maximize=True)


class SharedLearningRate(Optimizer):
    """Optimizer that ignores the learning rate of each group."""

    def make(self, groups: Groups) -> torch.optim.Optimizer:
        return torch.optim.SGD([{"params": group["params"]} for group in groups], lr=1e-2)


class SgdWithoutState(torch.optim.SGD):
    """SGD that does not save its momentum."""

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "state": {}}


class OptimizerWithoutState(Optimizer):
    """Optimizer that continues differently after a restart."""

    def make(self, groups: Groups) -> torch.optim.Optimizer:
        return SgdWithoutState(groups, momentum=0.9)


class ShareSchedule(Schedule):
    """Schedule whose share of the highest rate is a function of the step, the warm-up steps and the number of steps."""

    share: ClassVar[Callable[[int, int, int], float]]

    def make(self, optimizer: torch.optim.Optimizer, warmup: int, steps: int) -> LRScheduler:
        return LambdaLR(optimizer, lambda step: type(self).share(step, warmup, steps))


class NoWarmup(ShareSchedule):
    """Schedule without a warm-up."""

    share = staticmethod(lambda step, warmup, steps: 1 - step / steps)


class ZeroRateOfOneStep(ShareSchedule):
    """Schedule whose rate is 0 in a run of one step."""

    share = staticmethod(lambda step, warmup, steps: min(step / max(warmup, 1), 1) * (1 - step / (2 * steps)))


class UndeclaredLength(ShareSchedule):
    """Schedule that depends on the number of steps, and declares that it does not."""

    hangs_on_length: ClassVar[bool] = False
    share = staticmethod(lambda step, warmup, steps: step / warmup if step < warmup else 1 - (step - warmup) / steps)


class LambdaWithoutState(LambdaLR):
    """Scheduler of torch that restarts instead of loading a state."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Ignore the state."""


class ScheduleWithoutState(Schedule):
    """Schedule that restarts its warm-up after an interruption."""

    hangs_on_length: ClassVar[bool] = False

    def make(self, optimizer: torch.optim.Optimizer, warmup: int, steps: int) -> LRScheduler:
        return LambdaWithoutState(optimizer, lambda step: min(1.0, (step + (not warmup)) / max(warmup, 1)))


class EventNotCallable(Callback):
    """Callback with an event that is not a function."""

    on_save = None  # type: ignore[assignment]


class StateNotLoaded(Callback):
    """Callback that saves a state and does not load it."""

    count = 0

    def state_dict(self) -> dict[str, Any]:
        type(self).count += 1
        return {"count": self.count}


BROKEN: list[tuple[type[Registrable], str, str]] = [
    (GradientAscent, "the loss falls", "the loss is "),
    (SharedLearningRate, "every group has its own rate", "weights with a learning rate of 0 change"),
    (OptimizerWithoutState, "its state is all that it needs", "the weights differ if training is interrupted"),
    (NoWarmup, "rates rise in the warm up", "the shares of the highest rate are [1.0, "),
    (ZeroRateOfOneStep, "all lengths are accepted", "the rate of a single step is 0"),
    (UndeclaredLength, "dependence on the length is declared", "hangs_on_length is False, the rates show True"),
    (ScheduleWithoutState, "its state is all that it needs", "the share is "),
    (EventNotCallable, "it can be called", "cannot be called: on_save"),
    (StateNotLoaded, "its state is plain json", "has the state "),
]


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_law_is_reported(cls: type[Registrable], law: str, seen: str) -> None:
    with pytest.raises(ContractError) as caught:
        check_component(cls)
    assert f"\n- {law}: {seen}" in str(caught.value)


@pytest.mark.parametrize("family", [Optimizer, Schedule, Callback])
def test_every_law_has_a_violation(family: type[Registrable]) -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for cls, law, _ in BROKEN if issubclass(cls, family)} == set(laws_of(family)[3:])
