"""One label out of several."""

from __future__ import annotations

from typing import Annotated, ClassVar

from torch import Tensor, nn
from torch.nn import functional

from spanreg.data.base import TaskKind
from spanreg.heads.base import Head, HeadOutput, at_least_float32, total_weight, weights_tensor
from spanreg.registry import Above, Between, ConfigurationError, Runtime


@Head.register("classification")
class ClassificationHead(Head):
    """Chooses one label by a linear layer, trained by cross entropy; registered as ``classification``.

    ``logits = W x + b`` for the representation x. The loss is computed in float32 or better, whatever the precision of
    the logits; with class weights it is their weighted mean over the batch.

    Parameters:
        dim: width of the representation.
        num_labels: number of labels.
        class_weights: how much an example of each label counts, in the order of the label ids; default: all the same.
        label_smoothing: share of the target that is spread evenly over all labels; default 0.

    Raises:
        ConfigurationError: fewer than two labels, or another number of class weights.
    """

    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification",)

    def __init__(
        self,
        dim: Runtime[int],
        num_labels: Runtime[int],
        class_weights: list[Annotated[float, Above(0)]] | None = None,
        label_smoothing: Annotated[float, Between(0, 1)] = 0.0,
    ) -> None:
        super().__init__(dim, num_labels)
        if num_labels < 2:
            raise ConfigurationError(
                f"a classification needs at least 2 labels, the task has {num_labels}",
                path="type",
                hint="take the head 'regression' for real values",
            )
        weights = weights_tensor(class_weights, num_labels)
        self.scorer = nn.Linear(dim, num_labels)
        self.label_smoothing = label_smoothing
        self.class_weights: Tensor | None
        self.register_buffer("class_weights", weights)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits = self.scorer(features)  # shape: (batch, labels)
        return HeadOutput(logits, None if labels is None else self._loss(at_least_float32(logits), labels))

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        weights = None if self.class_weights is None else self.class_weights.to(logits.dtype)
        return functional.cross_entropy(logits, labels, weights, label_smoothing=self.label_smoothing)

    def loss_weight(self, labels: Tensor) -> float:
        return super().loss_weight(labels) if self.class_weights is None else total_weight(self.class_weights, labels)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.argmax(-1)
