"""Base of the optimisers: how weights follow their gradients."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import torch

from spanreg.registry import Registrable


class Optimizer(Registrable):
    """Makes the torch optimiser of a training.

    Learning rate, weight decay and which weights share them stand in the ``training`` part of a config; an optimiser
    has the options that are its own.

    To add one: subclass, decorate with ``@Optimizer.register("my_optimizer")``, and implement ``make``. What it gives
    must be fully described by its ``state_dict``: a training that was stopped goes on from that.
    """

    default_implementation: ClassVar[str | None] = "adamw"

    @abstractmethod
    def make(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """A new optimiser.

        Args:
            groups: as torch takes them; each has ``params``, ``lr`` and ``weight_decay``.
        """
