"""Linear classifier with any number of labels for each text."""

from __future__ import annotations

from typing import Annotated, ClassVar

from torch import Tensor
from torch.nn import functional

from spanreg.data.base import TaskKind
from spanreg.heads.base import Head
from spanreg.heads.layers.linear import LinearHead
from spanreg.registry import Above, Between, ConfigurationError, Runtime, Search


@Head.register("multi_label")
class MultiLabelHead(LinearHead):
    """Independent linear classifiers of all labels with binary cross entropy loss; registered as ``multi_label``.

    ``logits = W x + b`` for the representation x; a label is predicted if ``sigmoid(logit) >= threshold``. The loss is
    the mean over batch and labels of ``-w t log(p) - (1 - t) log(1 - p)``, where p is the sigmoid, w the class weight
    and ``t = y (1 - s) + s / 2`` for the gold label y and the label smoothing s. It is computed in float32 or better.

    ``head: { type: 'multi_label', threshold: 0.4 }``

    Parameters:
        dim: width of the representation.
        num_labels: number of labels.
        threshold: lowest probability of a predicted label, from 0 to 1; default 0.5.
        class_weights: weight of the texts with a label relative to those without it, in the order of the label ids;
            default: 1 each.
        label_smoothing: share of the target probability that is spread evenly over yes and no; default 0.

    Raises:
        ConfigurationError: there are no labels, or not one class weight for each.
    """

    kinds: ClassVar[tuple[TaskKind, ...]] = ("multi_label",)

    def __init__(
        self,
        dim: Runtime[int],
        num_labels: Runtime[int],
        threshold: Annotated[float, Between(0, 1)] = 0.5,
        class_weights: list[Annotated[float, Above(0)]] | None = None,
        label_smoothing: Annotated[float, Between(0, 1), Search(0.0, 0.2)] = 0.0,
    ) -> None:
        if num_labels < 1:
            raise ConfigurationError(
                "the task has no labels", path="type", hint="use the head 'regression' for real values"
            )
        super().__init__(dim, num_labels, class_weights, label_smoothing)
        self.threshold = threshold

    def loss(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        smoothing = self.label_smoothing
        targets = labels.to(logits.dtype) * (1 - smoothing) + smoothing / 2  # shape: (batch, labels)
        # ``pos_weight`` does not change the divisor of the mean, so ``loss_weight`` stays the number of examples.
        return functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=weights)

    def predict(self, logits: Tensor) -> Tensor:
        return (logits.sigmoid() >= self.threshold).long()
