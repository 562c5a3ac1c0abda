"""Always the same rate."""

from __future__ import annotations

from typing import ClassVar

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_constant_schedule_with_warmup

from spanreg.schedules.base import Schedule


@Schedule.register("constant")
class Constant(Schedule):
    """Stays where the warm-up led; registered as ``constant``.

    Source: transformers.
    """

    hangs_on_length: ClassVar[bool] = False

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_constant_schedule_with_warmup(optimizer, warmup)
        return scheduler
