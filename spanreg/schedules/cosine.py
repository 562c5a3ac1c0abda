"""Half a wave down."""

from __future__ import annotations

from typing import Annotated

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_cosine_schedule_with_warmup

from spanreg.registry import Above
from spanreg.schedules.base import Schedule


@Schedule.register("cosine")
class Cosine(Schedule):
    """Falls along a cosine; registered as ``cosine``.

    Source: transformers.

    Parameters:
        cycles: waves of the cosine; default a half, which falls to 0 once.
    """

    def __init__(self, cycles: Annotated[float, Above(0)] = 0.5) -> None:
        self.cycles = cycles

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_cosine_schedule_with_warmup(optimizer, warmup, steps, num_cycles=self.cycles)
        return scheduler
