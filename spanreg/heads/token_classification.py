"""Linear classifier of tokens."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from torch import Tensor
from torch.nn import functional

from spanreg.data.base import TaskKind
from spanreg.heads.base import IGNORED, Head, total_weight
from spanreg.heads.layers.linear import LinearHead
from spanreg.registry import Above, Between, ConfigurationError, Runtime, Search


@Head.register("token_classification")
class TokenClassificationHead(LinearHead):
    """Linear classifier of each token with cross entropy loss; registered as ``token_classification``.

    ``logits[t] = W x[t] + b`` for the representation x[t] of token t. The loss is the mean over the labelled tokens of
    the batch, weighted by the class weights if there are any, and 0 if no token has a label. It is computed in float32
    or better.

    ``head: { type: 'token_classification' }``

    Parameters:
        dim: width of the representation.
        num_labels: number of labels.
        class_weights: weight of the tokens of each label, in the order of the label ids; default: 1 each.
        label_smoothing: share of the target probability that is spread evenly over all labels; default 0.

    Raises:
        ConfigurationError: there are fewer than two labels, or not one class weight for each.
    """

    kinds: ClassVar[tuple[TaskKind, ...]] = ("token_classification",)
    level: ClassVar[Literal["sequence", "token"]] = "token"

    def __init__(
        self,
        dim: Runtime[int],
        num_labels: Runtime[int],
        class_weights: list[Annotated[float, Above(0)]] | None = None,
        label_smoothing: Annotated[float, Between(0, 1), Search(0.0, 0.2)] = 0.0,
    ) -> None:
        if num_labels < 2:
            raise ConfigurationError(
                f"token classification needs at least 2 labels, the task has {num_labels}",
                path="type",
                hint="give the task's labels",
            )
        super().__init__(dim, num_labels, class_weights, label_smoothing)

    def loss(self, logits: Tensor, labels: Tensor, weights: Tensor | None) -> Tensor:
        # A sum, because the mean of cross_entropy is NaN if no token has a label.
        total = functional.cross_entropy(
            logits.flatten(0, 1),
            labels.flatten(),
            weights,
            ignore_index=IGNORED,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )
        labelled = labels != IGNORED  # shape: (batch, tokens)
        counts = labelled.to(logits.dtype)  # shape: (batch, tokens)
        if weights is not None:
            counts = counts * weights[labels.clamp(min=0)]  # IGNORED is negative; its count is 0 in any case
        # Without any labelled token the total is 0: dividing it by 1 keeps it 0, by 0 would give NaN.
        return total / counts.sum().where(labelled.any(), 1)

    def loss_weight(self, labels: Tensor) -> float:
        return super().loss_weight(labels) if self.class_weights is None else total_weight(self.class_weights, labels)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.argmax(-1)
