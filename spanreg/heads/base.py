"""Base class of the heads: representations to logits and a loss."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn

from spanreg.data.base import TaskKind
from spanreg.registry import ConfigurationError, Registrable, Runtime

IGNORED = -100
"""Label of the tokens without one: special tokens, padding, and all pieces of a word except the first. It is the label
that torch's cross entropy ignores by default."""


class HeadOutput(NamedTuple):
    """Result of a head for a batch.

    ``HeadOutput(logits, functional.cross_entropy(logits, labels))``
    """

    logits: Tensor
    "Shape: (batch, labels), with labels = 1 for regression; at token level (batch, tokens, labels)."
    loss: Tensor | None
    "Scalar mean over the examples, at token level over the labelled tokens; None without gold labels."


# The name in extensions that were written before December 2026.
Scored = HeadOutput


class Head(nn.Module, Registrable):
    """Module that turns the span-enhanced representation into logits and, given gold labels, a loss.

    ``head: { type: 'classification', label_smoothing: 0.1 }``

    To add one: subclass, decorate with ``@Head.register("my_head")``, take ``dim`` and ``num_labels`` and implement
    ``forward`` and ``predict``. Set ``kinds`` to the tasks it supports, if not to classification and regression. To
    label tokens, also set ``level``: ``forward`` then gets a vector for each token.
    """

    default_implementation: ClassVar[str | None] = "classification"
    handed_down: ClassVar[tuple[str, ...] | None] = ("dim", "num_labels")

    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification", "regression")
    "Kinds of task that it supports."
    level: ClassVar[Literal["sequence", "token"]] = "sequence"
    "Input of ``forward``: a vector for each text, or for each token."

    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__()
        self.dim = dim
        self.num_labels = num_labels

    @abstractmethod
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        """Return the logits and, given labels, the loss.

        Args:
            features: shape: (batch, dim), at token level (batch, tokens, dim).
            labels: label ids or real values, shape: (batch,); for ``multi_label`` 0 or 1, shape: (batch, labels); at
                token level label ids, ``IGNORED`` for tokens without a label, shape: (batch, tokens).
        """

    def loss_weight(self, labels: Tensor) -> float:
        """Return the weight of a batch in the mean loss over batches: the number its loss was divided by.

        By default the number of examples, at token level of labelled tokens. A head with another mean, such as one with
        class weights, returns the sum of the weights, so that the loss of a split does not depend on the batch size.

        Args:
            labels: gold labels of the batch, as given to ``forward``.
        """
        return float((labels != IGNORED).sum()) if self.level == "token" else float(len(labels))

    @abstractmethod
    def predict(self, logits: Tensor) -> Tensor:
        """Return label ids or real values in the shape of ``labels``; any number of leading dimensions is allowed."""


def total_weight(class_weights: Tensor, labels: Tensor) -> float:
    """Return the sum of the class weights of the labels, without ``IGNORED`` ones.

    Args:
        class_weights: shape: (labels,).
        labels: label ids, any shape.
    """
    return float(class_weights[labels[labels != IGNORED]].double().sum())


def weights_tensor(weights: list[float] | None, num_labels: int) -> Tensor | None:
    """Return class weights as a tensor, shape: (labels,); None without weights.

    Raises:
        ConfigurationError: the number of weights is not the number of labels.
    """
    if weights is None:
        return None
    if len(weights) != num_labels:
        raise ConfigurationError(
            f"expected {num_labels} weights, one for each label, got {len(weights)}",
            path="class_weights",
            hint=f"give {num_labels} numbers, in the order of the label ids",
        )
    # float32 as the model; a loss in another precision converts them.
    return torch.tensor(weights, dtype=torch.float32)
