"""Base class of the optimizers."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import torch

from spanreg.registry import Registrable


class Optimizer(Registrable):
    """Factory of the torch optimizer of a training run.

    The learning rate, the weight decay and the parameter groups belong to the ``training`` section of a config; an
    optimizer has only the options that are specific to it.

    ``training: { optimizer: { type: 'adamw', eps: 1e-6 } }``

    To add one: subclass, decorate with ``@Optimizer.register("my_optimizer")``, and implement ``make``. The
    ``state_dict`` of the result must hold its whole state, because resuming a stopped run restores nothing else.
    """

    default_implementation: ClassVar[str | None] = "adamw"

    @abstractmethod
    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """Return a new torch optimizer.

        Args:
            groups: parameter groups in torch's form; each has ``params``, ``lr`` and ``weight_decay``.
        """
