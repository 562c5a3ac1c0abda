"""Base class of the heads with one linear layer, class weights and label smoothing."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn

from spanreg.heads.base import Head, HeadOutput, weights_tensor


class LinearHead(Head):
    """Head whose logits are ``W x + b``; a subclass defines the loss and the prediction.

    ``class ClassificationHead(LinearHead): ...``

    Parameters:
        dim: width of the representation.
        num_labels: number of labels.
        class_weights: one weight for each label, in the order of the label ids; None: all labels have the same.
        label_smoothing: share of the target probability that is spread evenly.

    Raises:
        ConfigurationError: there is not one class weight for each label.
    """

    def __init__(self, dim: int, num_labels: int, class_weights: list[float] | None, label_smoothing: float) -> None:
        super().__init__(dim, num_labels)
        weights = weights_tensor(class_weights, num_labels)
        self.scorer = nn.Linear(dim, num_labels)
        self.label_smoothing = label_smoothing
        # A buffer, so that the weights move to the model's device and are saved with it.
        self.class_weights: Tensor | None
        self.register_buffer("class_weights", weights)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits = self.scorer(features)  # shape: (batch, labels), at token level (batch, tokens, labels)
        if labels is None:
            return HeadOutput(logits, None)
        wide = at_least_float32(logits)
        weights = None if self.class_weights is None else self.class_weights.to(wide.dtype)
        return HeadOutput(logits, self.loss(wide, labels, weights))

    @abstractmethod
    def loss(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        """Return the mean loss of a batch, a scalar.

        Args:
            logits: in float32 or better, shape: (batch, labels), at token level (batch, tokens, labels).
            labels: gold labels, as given to ``forward``.
            weights: the class weights in the format of the logits, shape: (labels,); None without any.
        """


def at_least_float32(values: Tensor) -> Tensor:
    """Return values in float32 or better: a loss in half precision would be too coarse."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
