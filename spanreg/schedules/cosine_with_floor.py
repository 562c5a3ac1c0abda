"""Half a wave down to a floor."""

from __future__ import annotations

from typing import Annotated

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_cosine_with_min_lr_schedule_with_warmup

from spanreg.registry import Between
from spanreg.schedules.base import Schedule


@Schedule.register("cosine_with_floor")
class CosineWithFloor(Schedule):
    """Falls along a cosine to a share of the highest rate; registered as ``cosine_with_floor``.

    Source: transformers.

    Parameters:
        floor: the share that is left at the last step; default 0.1.
    """

    def __init__(self, floor: Annotated[float, Between(0, 1)] = 0.1) -> None:
        self.floor = floor

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_cosine_with_min_lr_schedule_with_warmup(
            optimizer, warmup, steps, min_lr_rate=self.floor
        )
        return scheduler
