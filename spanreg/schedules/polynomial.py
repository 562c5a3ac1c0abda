"""Down along a power of the steps left."""

from __future__ import annotations

from typing import Annotated

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_polynomial_decay_schedule_with_warmup

from spanreg.registry import Above
from spanreg.schedules.base import Schedule


@Schedule.register("polynomial")
class Polynomial(Schedule):
    """Falls with a power of the share of steps left; registered as ``polynomial``.

    Source: transformers.

    Parameters:
        power: of that share; default 2; 1 is linear.
    """

    def __init__(self, power: Annotated[float, Above(0)] = 2.0) -> None:
        self.power = power

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_polynomial_decay_schedule_with_warmup(
            optimizer, warmup, steps, lr_end=0.0, power=self.power
        )  # type: ignore[no-untyped-call]
        return scheduler
