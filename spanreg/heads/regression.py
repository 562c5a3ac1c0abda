"""Linear regression of a real value."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from spanreg.data.base import TaskKind
from spanreg.heads.base import Head, HeadOutput
from spanreg.heads.layers.linear import at_least_float32
from spanreg.registry import ConfigurationError, Runtime


@Head.register("regression")
class RegressionHead(Head):
    """Linear regression with mean squared error; registered as ``regression``.

    ``y = w x + b`` for the representation x. The loss is computed in float32 or better.

    ``head: { type: 'regression' }``

    Parameters:
        dim: width of the representation.
        num_labels: number of outputs; must be 1.

    Raises:
        ConfigurationError: the task has several labels.
    """

    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)

    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__(dim, num_labels)
        if num_labels != 1:
            raise ConfigurationError(
                f"regression predicts one real value, the task has {num_labels} labels",
                path="type",
                hint="use the head 'classification'",
            )
        self.scorer = nn.Linear(dim, 1)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits = self.scorer(features)  # shape: (batch, 1)
        # Without the last dimension: (batch, 1) against (batch,) would broadcast to all pairs of examples.
        loss = None if labels is None else functional.mse_loss(at_least_float32(logits).squeeze(-1), labels.float())
        return HeadOutput(logits, loss)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.squeeze(-1)
