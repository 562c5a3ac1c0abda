"""The config's optimizer and learning-rate schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.optim import Optimizer as TorchOptimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import TrainingArguments

from spanreg.optimizers.base import Optimizer
from spanreg.schedules.base import Schedule
from spanreg.training.config.options import TrainingOptions


def make_optimizer(options: TrainingOptions, groups: Sequence[dict[str, Any]]) -> TorchOptimizer:
    """That of the config, by default ``adamw``, over groups of weights."""
    chosen = options.optimizer or Optimizer.from_params({})
    optimizer: TorchOptimizer = chosen.make(list(groups))
    # Where torch has no default of its own, some schedules look here.
    optimizer.defaults["lr"] = options.learning_rate
    return optimizer


def make_scheduler(
    options: TrainingOptions, arguments: TrainingArguments, optimizer: TorchOptimizer, steps: int
) -> LRScheduler:
    """That of the config, by default ``linear``, over a training of so many steps."""
    # a share rounds up: of a single step it would be all, and nothing would be learned
    warmup = max(min(arguments.get_warmup_steps(steps), steps - 1), 0)
    chosen = options.schedule or Schedule.from_params({})
    scheduler: LRScheduler = chosen.make(optimizer, warmup, steps)
    return scheduler
