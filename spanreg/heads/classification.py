"""One label out of several."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from spanreg.heads.base import Head, Scored, at_least_float32
from spanreg.registry import ConfigurationError, Runtime


@Head.register("classification")
class Classification(Head):
    """Chooses one label by a linear layer, trained by cross entropy; registered as ``classification``.

    ``logits = W x + b`` for the representation x. The loss is computed in float32 or better, whatever the precision of
    the logits.

    Parameters:
        dim: width of the representation.
        num_labels: number of labels.

    Raises:
        ConfigurationError: fewer than two labels.
    """

    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__(dim, num_labels)
        if num_labels < 2:
            raise ConfigurationError(
                f"a classification needs at least 2 labels, the task has {num_labels}",
                path="type",
                hint="take the head 'regression' for real values",
            )
        self.scorer = nn.Linear(dim, num_labels)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> Scored:
        logits = self.scorer(features)  # shape: (batch, labels)
        loss = None if labels is None else functional.cross_entropy(at_least_float32(logits), labels)
        return Scored(logits, loss)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.argmax(-1)
