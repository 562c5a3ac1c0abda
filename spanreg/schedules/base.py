"""Base class of the learning rate schedules."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from spanreg.registry import Registrable


class Schedule(Registrable):
    """Factory of the scheduler that sets each parameter group's learning rate, as a share of its configured rate.

    ``training: { schedule: { type: 'polynomial', power: 2 } }``

    To add one: subclass, decorate with ``@Schedule.register("my_schedule")``, and implement ``make``, for instance by
    returning a ``torch.optim.lr_scheduler.LambdaLR``. Set ``hangs_on_length`` to False if the rate at a step does not
    depend on the length of the run.
    """

    default_implementation: ClassVar[str | None] = "linear"
    hangs_on_length: ClassVar[bool] = True
    "True if the rate at a step after the warm-up depends on the number of steps of the run."

    @abstractmethod
    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        """Return a new scheduler, which the training loop steps once after each step of the optimizer.

        Args:
            optimizer: the optimizer whose rates it sets.
            warmup: number of first steps over which the rates rise linearly from 0; less than ``steps``.
            steps: number of steps of the run.
        """
