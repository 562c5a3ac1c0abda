"""Linear classifier of texts."""

from __future__ import annotations

from typing import Annotated, ClassVar

from torch import Tensor
from torch.nn import functional

from spanreg.data.base import TaskKind
from spanreg.heads.base import Head, total_weight
from spanreg.heads.layers.linear import LinearHead
from spanreg.registry import Above, Between, ConfigurationError, Runtime, Search


@Head.register("classification")
class ClassificationHead(LinearHead):
    """Linear classifier with cross entropy loss; registered as ``classification``.

    ``logits = W x + b`` for the representation x. The loss is the mean over the batch, weighted by the class weights if
    there are any, and is computed in float32 or better.

    ``head: { type: 'classification', class_weights: [1, 2.5], label_smoothing: 0.1 }``

    Parameters:
        dim: width of the representation.
        num_labels: number of labels.
        class_weights: weight of the examples of each label, in the order of the label ids; default: 1 each.
        label_smoothing: share of the target probability that is spread evenly over all labels; default 0.

    Raises:
        ConfigurationError: there are fewer than two labels, or not one class weight for each.
    """

    kinds: ClassVar[tuple[TaskKind, ...]] = ("classification",)

    def __init__(
        self,
        dim: Runtime[int],
        num_labels: Runtime[int],
        class_weights: list[Annotated[float, Above(0)]] | None = None,
        label_smoothing: Annotated[float, Between(0, 1), Search(0.0, 0.2)] = 0.0,
    ) -> None:
        if num_labels < 2:
            raise ConfigurationError(
                f"classification needs at least 2 labels, the task has {num_labels}",
                path="type",
                hint="use the head 'regression' for real values",
            )
        super().__init__(dim, num_labels, class_weights, label_smoothing)

    def loss(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        return functional.cross_entropy(logits, labels, weights, label_smoothing=self.label_smoothing)

    def loss_weight(self, labels: Tensor) -> float:
        return super().loss_weight(labels) if self.class_weights is None else total_weight(self.class_weights, labels)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.argmax(-1)
