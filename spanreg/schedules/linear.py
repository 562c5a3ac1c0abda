"""Straight down to nothing."""

from __future__ import annotations

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_linear_schedule_with_warmup

from spanreg.schedules.base import Schedule


@Schedule.register("linear")
class Linear(Schedule):
    """Falls in a straight line to 0 at the last step; registered as ``linear``.

    Source: transformers.
    """

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_linear_schedule_with_warmup(optimizer, warmup, steps)  # type: ignore[no-untyped-call]
        return scheduler
