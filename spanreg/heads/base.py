"""Base of the heads: a representation to logits and a loss."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from spanreg.registry import Registrable, Runtime


class Scored(NamedTuple):
    """What a head makes of a batch."""

    logits: Tensor
    "Shape: (batch, labels), with labels = 1 for regression."
    loss: Tensor | None
    "Mean over the batch, a scalar; None where no gold labels were given."


class Head(nn.Module, Registrable):
    """Scores the span-enhanced representation and, given gold labels, its loss.

    To add one: subclass, decorate with ``@Head.register("my_head")``, take ``dim`` and ``num_labels`` and implement
    ``forward`` and ``predict``.
    """

    default_implementation: ClassVar[str | None] = "classification"

    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__()
        self.dim = dim
        self.num_labels = num_labels

    @abstractmethod
    def forward(self, features: Tensor, labels: Tensor | None = None) -> Scored:
        """Logits and loss; ``features`` has shape: (batch, dim), ``labels`` shape: (batch,)."""

    @abstractmethod
    def predict(self, logits: Tensor) -> Tensor:
        """Label ids or real values, shape: (batch,)."""


def at_least_float32(values: Tensor) -> Tensor:
    """Half precision widened, since a loss needs the digits; other precisions as they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
