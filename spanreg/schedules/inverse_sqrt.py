"""One over the root of the step."""

from __future__ import annotations

from typing import Annotated, ClassVar

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_inverse_sqrt_schedule

from spanreg.registry import AtLeast
from spanreg.schedules.base import Schedule


@Schedule.register("inverse_sqrt")
class InverseSqrt(Schedule):
    """Falls with one over the square root of the step, as in the first Transformer; registered as ``inverse_sqrt``.

    Source: transformers.

    Parameters:
        timescale: steps over which it falls to the root of a half; default: the warm-up's, or 10,000 without one.
    """

    hangs_on_length: ClassVar[bool] = False

    def __init__(self, timescale: Annotated[int, AtLeast(1)] | None = None) -> None:
        self.timescale = timescale

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_inverse_sqrt_schedule(optimizer, warmup, timescale=self.timescale)
        return scheduler
