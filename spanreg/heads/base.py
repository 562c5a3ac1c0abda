"""Base of the heads: a representation to logits and a loss."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn

from spanreg.data.base import TaskKind
from spanreg.registry import ConfigurationError, Registrable, Runtime

IGNORED = -100
"The label of a token that has none: special tokens, padding, and all pieces of a word but the first."


class Scored(NamedTuple):
    """What a head makes of a batch."""

    logits: Tensor
    "Shape: (batch, labels), with labels = 1 for regression; at token level (batch, tokens, labels)."
    loss: Tensor | None
    "Mean over the batch, at token level over its labelled tokens, a scalar; None where no gold labels were given."


class Head(nn.Module, Registrable):
    """Scores the span-enhanced representation and, given gold labels, its loss.

    To add one: subclass, decorate with ``@Head.register("my_head")``, take ``dim`` and ``num_labels`` and implement
    ``forward`` and ``predict``. One for other tasks than those with one label or value an example names them in
    ``kinds``; one that labels tokens also sets ``level``, and is then handed one vector a token.
    """

    default_implementation: ClassVar[str | None] = "classification"
    handed_down: ClassVar[tuple[str, ...] | None] = ("dim", "num_labels")

    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification", "regression")
    "The kinds of task that it can be trained on."
    level: ClassVar[Literal["sequence", "token"]] = "sequence"
    "What it scores: a vector of the whole text, or one of each token."

    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__()
        self.dim = dim
        self.num_labels = num_labels

    @abstractmethod
    def forward(self, features: Tensor, labels: Tensor | None = None) -> Scored:
        """Logits and loss.

        Args:
            features: shape: (batch, dim), at token level (batch, tokens, dim).
            labels: label ids or real values, shape: (batch,); for ``multi_label`` 0 or 1, shape: (batch, labels); at
                token level label ids, ``IGNORED`` where a token has none, shape: (batch, tokens).
        """

    def loss_weight(self, labels: Tensor) -> float:
        """Return the weight of a batch in the mean loss over several batches: what the loss was divided by.

        The number of examples, at token level of labelled tokens. A head whose loss is another mean, such as one with
        class weights, returns the sum of the weights; the loss of a split then does not depend on the batch size.

        Args:
            labels: gold labels of the batch, as ``forward`` takes them.
        """
        return float((labels != IGNORED).sum()) if self.level == "token" else float(len(labels))

    @abstractmethod
    def predict(self, logits: Tensor) -> Tensor:
        """Label ids or real values, in the shape of ``labels``; any number of dimensions may come first."""


def at_least_float32(values: Tensor) -> Tensor:
    """Half precision widened, since a loss needs the digits; other precisions as they are."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def total_weight(class_weights: Tensor, labels: Tensor) -> float:
    """Return the sum of the class weights of labels; ``IGNORED`` ones count nothing.

    Args:
        class_weights: shape: (labels,).
        labels: label ids, any shape.
    """
    return float(class_weights[labels[labels != IGNORED]].double().sum())


def weights_tensor(weights: list[float] | None, num_labels: int) -> Tensor | None:
    """Class weights as a head keeps them, shape: (labels,).

    Raises:
        ConfigurationError: there are not as many as labels.
    """
    if weights is None:
        return None
    if len(weights) != num_labels:
        raise ConfigurationError(
            f"{len(weights)} weights do not fit {num_labels} labels",
            path="class_weights",
            hint=f"give {num_labels} numbers, in the order of the label ids",
        )
    return torch.tensor(weights, dtype=torch.float32)
