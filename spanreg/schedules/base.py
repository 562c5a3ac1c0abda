"""Base of the schedules: what the learning rate does over the steps."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from spanreg.registry import Registrable


class Schedule(Registrable):
    """Makes the scheduler that sets every group's learning rate, as a share of the group's own highest one.

    To add one: subclass, decorate with ``@Schedule.register("my_schedule")``, and implement ``make``, most easily by a
    ``torch.optim.lr_scheduler.LambdaLR``. Set ``hangs_on_length`` to False if the rate at a step is the same however
    long the run is.
    """

    default_implementation: ClassVar[str | None] = "linear"
    hangs_on_length: ClassVar[bool] = True
    "Whether a longer run has other rates, warm-up aside."

    @abstractmethod
    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        """A new scheduler, stepped once after every step of the optimiser.

        Args:
            optimizer: whose rates.
            warmup: steps in which the rates rise from 0, fewer than all.
            steps: all steps of the run.
        """
