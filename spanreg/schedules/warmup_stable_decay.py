"""Up, level, down."""

from __future__ import annotations

from typing import Annotated, Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_wsd_schedule

from spanreg.registry import Between
from spanreg.schedules.base import Schedule


@Schedule.register("warmup_stable_decay")
class WarmupStableDecay(Schedule):
    """Rises, stays, and falls in the last part of the run; registered as ``warmup_stable_decay``.

    Source: transformers.

    Parameters:
        decay: share of the steps in which it falls; default 0.2.
        floor: share of the highest rate at the last step; default 0.
        kind: along which curve it falls; default ``cosine``.
    """

    def __init__(
        self,
        decay: Annotated[float, Between(0, 1)] = 0.2,
        floor: Annotated[float, Between(0, 1)] = 0.0,
        kind: Literal["linear", "cosine", "1-sqrt"] = "cosine",
    ) -> None:
        self.decay = decay
        self.floor = floor
        self.kind = kind

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        falling = min(round(self.decay * steps), steps - warmup)
        scheduler: LRScheduler = get_wsd_schedule(
            optimizer, warmup, falling, steps, decay_type=self.kind, min_lr_ratio=self.floor
        )
        return scheduler
