"""Learning rate schedules of transformers: one small class for each, with the options that a config may set.

They are classes, not rows of a table, because the registry reads names, types and defaults from source text: ``list``,
``describe`` and ``check`` answer without importing transformers, and a table would have to be executed.

In the formulas, ``p`` is the share of the steps after the warm-up that are done, from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import (
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
    get_cosine_with_hard_restarts_schedule_with_warmup,
    get_cosine_with_min_lr_schedule_with_warmup,
    get_inverse_sqrt_schedule,
    get_linear_schedule_with_warmup,
    get_polynomial_decay_schedule_with_warmup,
    get_wsd_schedule,
)

from spanreg.registry import Above, AtLeast, Between
from spanreg.schedules.base import Schedule

Positive = Annotated[float, Above(0)]
Share = Annotated[float, Between(0, 1)]
Count = Annotated[int, AtLeast(1)]


@Schedule.register("linear")
class LinearSchedule(Schedule):
    """Linear decay to 0 at the last step, ``1 - p``; registered as ``linear``.

    ``training: { schedule: 'linear', warmup: 0.1 }``

    Source: transformers.
    """

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_linear_schedule_with_warmup(optimizer, warmup, steps)  # type: ignore[no-untyped-call]
        return scheduler


@Schedule.register("constant")
class ConstantSchedule(Schedule):
    """Constant rate after the warm-up; registered as ``constant``.

    ``training: { schedule: 'constant' }``

    Source: transformers.
    """

    hangs_on_length: ClassVar[bool] = False

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_constant_schedule_with_warmup(optimizer, warmup)
        return scheduler


@Schedule.register("cosine")
@dataclass(frozen=True)
class CosineSchedule(Schedule):
    """Cosine decay to 0, ``(1 + cos(2 pi cycles p)) / 2``; registered as ``cosine``.

    ``training: { schedule: 'cosine' }``

    Source: transformers.
    """

    cycles: Positive = 0.5
    "number of periods of the cosine; default 0.5, a single fall to 0."

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        scheduler: LRScheduler = get_cosine_schedule_with_warmup(optimizer, warmup, steps, num_cycles=self.cycles)
        return scheduler


@Schedule.register("cosine_with_floor")
@dataclass(frozen=True)
class CosineWithFloorSchedule(Schedule):
    """Cosine decay to a share of the highest rate; registered as ``cosine_with_floor``.

    ``training: { schedule: { type: 'cosine_with_floor', floor: 0.1 } }``

    Source: transformers.
    """

    floor: Share = 0.1
    "share of the highest rate at the last step; default 0.1."

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        make = get_cosine_with_min_lr_schedule_with_warmup
        scheduler: LRScheduler = make(optimizer, warmup, steps, min_lr_rate=self.floor)
        return scheduler


@Schedule.register("cosine_with_restarts")
@dataclass(frozen=True)
class CosineWithRestartsSchedule(Schedule):
    """Cosine decay to 0, repeated from the highest rate; registered as ``cosine_with_restarts``.

    ``training: { schedule: { type: 'cosine_with_restarts', cycles: 3 } }``

    Source: Loshchilov and Hutter, ICLR 2017; transformers.
    """

    cycles: Count = 2
    "number of falls to 0; default 2."

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        make = get_cosine_with_hard_restarts_schedule_with_warmup
        scheduler: LRScheduler = make(optimizer, warmup, steps, num_cycles=self.cycles)
        return scheduler


@Schedule.register("inverse_sqrt")
@dataclass(frozen=True)
class InverseSqrtSchedule(Schedule):
    """Decay with one over the square root of the step; registered as ``inverse_sqrt``.

    ``training: { schedule: { type: 'inverse_sqrt', timescale: 1000 } }``

    Source: Vaswani et al., NeurIPS 2017; transformers.
    """

    hangs_on_length: ClassVar[bool] = False

    timescale: Count | None = None
    "steps after the warm-up at which the rate is ``sqrt(1/2)``; default: the warm-up steps, or 10,000 without any."

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        # transformers shifts the curve so that it continues the warm-up: the rate is the highest at its end.
        scheduler: LRScheduler = get_inverse_sqrt_schedule(optimizer, warmup, timescale=self.timescale)
        return scheduler


@Schedule.register("polynomial")
@dataclass(frozen=True)
class PolynomialSchedule(Schedule):
    """Polynomial decay to 0, ``(1 - p) ** power``; registered as ``polynomial``.

    ``training: { schedule: { type: 'polynomial', power: 3 } }``

    Source: transformers.
    """

    power: Positive = 2.0
    "exponent; 1 is linear; default 2."

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        make = get_polynomial_decay_schedule_with_warmup
        # Its default end is a rate of 1e-7, not a share, and would be above a smaller learning rate.
        scheduler: LRScheduler = make(optimizer, warmup, steps, lr_end=0.0, power=self.power)  # type: ignore[no-untyped-call]
        return scheduler


@Schedule.register("warmup_stable_decay")
@dataclass(frozen=True)
class WarmupStableDecaySchedule(Schedule):
    """Constant rate after the warm-up and decay in the last part of the run; registered as ``warmup_stable_decay``.

    ``training: { schedule: { type: 'warmup_stable_decay', decay: 0.1 } }``

    Source: Hu et al., "MiniCPM", 2024; transformers.
    """

    decay: Share = 0.2
    "share of the steps over which the rate falls; default 0.2."
    floor: Share = 0.0
    "share of the highest rate at the last step; default 0."
    kind: Literal["linear", "cosine", "1-sqrt"] = "cosine"
    "curve of the decay; default ``cosine``."

    def make(self, optimizer: Optimizer, warmup: int, steps: int) -> LRScheduler:
        # The warm-up comes first: a decay that would overlap it is shortened.
        falling = min(round(self.decay * steps), steps - warmup)
        scheduler: LRScheduler = get_wsd_schedule(
            optimizer, warmup, falling, steps, decay_type=self.kind, min_lr_ratio=self.floor
        )
        return scheduler
