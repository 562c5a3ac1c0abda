"""One real value."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from spanreg.data.base import TaskKind
from spanreg.heads.base import Head, HeadOutput, at_least_float32
from spanreg.registry import ConfigurationError, Runtime


@Head.register("regression")
class RegressionHead(Head):
    """Gives one real value by a linear layer, trained by mean squared error; registered as ``regression``.

    ``y = w x + b`` for the representation x. The loss is computed in float32 or better, whatever the precision of
    the values.

    Parameters:
        dim: width of the representation.
        num_labels: number of outputs, 1.

    Raises:
        ConfigurationError: the task has labels.
    """

    kinds: ClassVar[tuple[TaskKind, ...]] = ("regression",)

    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__(dim, num_labels)
        if num_labels != 1:
            raise ConfigurationError(
                f"a regression gives one real value, the task has {num_labels} labels",
                path="type",
                hint="take the head 'classification'",
            )
        self.scorer = nn.Linear(dim, 1)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits = self.scorer(features)  # shape: (batch, 1)
        loss = None if labels is None else functional.mse_loss(at_least_float32(logits).squeeze(-1), labels.float())
        return HeadOutput(logits, loss)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.squeeze(-1)
