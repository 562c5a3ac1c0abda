"""Down along a cosine, several times."""

from __future__ import annotations

from typing import Annotated

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_cosine_with_hard_restarts_schedule_with_warmup

from spanreg.registry import AtLeast
from spanreg.schedules.base import Schedule


@Schedule.register("cosine_with_restarts")
class CosineWithRestarts(Schedule):
    """Falls along a cosine to 0 and starts again from the top; registered as ``cosine_with_restarts``.

    Source: transformers.

    Parameters:
        cycles: how often it falls; default 2.
    """

    def __init__(self, cycles: Annotated[int, AtLeast(1)] = 2) -> None:
        self.cycles = cycles

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_cosine_with_hard_restarts_schedule_with_warmup(
            optimizer, warmup, steps, num_cycles=self.cycles
        )
        return scheduler
