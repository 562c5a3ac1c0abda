"""Construct the optimizer and the learning-rate schedule of a config."""

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
    """Return the configured optimizer (default: ``adamw``) over groups of weights."""
    chosen = options.optimizer or Optimizer.from_params({})  # {}: the family's default
    optimizer: TorchOptimizer = chosen.make(list(groups))
    # Some schedules read the default learning rate, which the groups do not set.
    optimizer.defaults["lr"] = options.learning_rate
    return optimizer


def make_scheduler(
    options: TrainingOptions, arguments: TrainingArguments, optimizer: TorchOptimizer, steps: int
) -> LRScheduler:
    """Return the configured schedule (default: ``linear``) for a training of ``steps`` steps."""
    # A share is rounded up: of a single step it would be the whole training, with a learning rate of 0.
    warmup = max(min(arguments.get_warmup_steps(steps), steps - 1), 0)
    chosen = options.schedule or Schedule.from_params({})
    scheduler: LRScheduler = chosen.make(optimizer, warmup, steps)
    return scheduler
