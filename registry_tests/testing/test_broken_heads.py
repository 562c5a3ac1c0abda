"""Violations of the laws of heads: each is reported with its law and the observed behaviour."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from spanreg.heads import Head, HeadOutput
from spanreg.registry import Runtime
from spanreg.testing import check_component, laws_of

BrokenLaws = Callable[..., dict[str, str]]

# Makes the results of equal calls differ, without random numbers.
CALLS = count(1)


class ValidHead(Head):
    """Head that follows all laws: a linear layer. The broken ones derive from it."""

    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__(dim, num_labels)
        self.scorer = nn.Linear(dim, num_labels)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits = self.scorer(features)
        return HeadOutput(logits, None if labels is None else self.loss(logits, labels))

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        exact = logits.to(torch.promote_types(logits.dtype, torch.float32))
        if self.num_labels == 1:
            return functional.mse_loss(exact.squeeze(-1), labels.to(exact.dtype))
        return functional.cross_entropy(exact, labels)

    def predict(self, logits: Tensor) -> Tensor:
        return logits.argmax(-1) if self.num_labels > 1 else logits.squeeze(-1)


class TooManyLogits(ValidHead):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits, loss = super().forward(features, labels)
        return HeadOutput(torch.cat((logits, logits[:, :1]), -1), loss)


class LossWithoutLabels(ValidHead):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits, loss = super().forward(features, labels)
        return HeadOutput(logits, logits.sum() if loss is None else loss)


class UnreducedLoss(ValidHead):
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return logits.square().sum(-1)


class LossInBfloat16(ValidHead):
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return super().loss(logits, labels).to(logits.dtype)


class SummedLoss(ValidHead):
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return super().loss(logits, labels) * len(logits)


class DependsOnBatchMates(ValidHead):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        return super().forward(features - features.mean(0), labels)


class LogitsDependOnLabels(ValidHead):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits, loss = super().forward(features, labels)
        return HeadOutput(logits if labels is None else logits + 1, loss)


class DetachesFeatures(ValidHead):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        return super().forward(features.detach(), labels)


class InvertedGradient(ValidHead):
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        loss = super().loss(logits, labels)
        # The value of the loss, with the opposite gradient.
        return 2 * loss.detach() - loss


class LogitsAsPredictions(ValidHead):
    def predict(self, logits: Tensor) -> Tensor:
        return logits


class FloatPredictions(ValidHead):
    def predict(self, logits: Tensor) -> Tensor:
        return super().predict(logits).double()


class LabelsFromOne(ValidHead):
    def predict(self, logits: Tensor) -> Tensor:
        return super().predict(logits) + 1


class NoisyResults(ValidHead):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits, loss = super().forward(features, labels)
        # Below every tolerance, so that only a comparison of bits finds it.
        return HeadOutput(logits + next(CALLS) * 1e-9, loss)


class HiddenWeight(ValidHead):
    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__(dim, num_labels)
        # Neither a parameter nor a buffer, so it is not saved.
        self.hidden = torch.rand(1)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        return super().forward(features * self.hidden.to(features.dtype), labels)


BROKEN = [
    (TooManyLogits, "logits are one for each label", "logits have shape (6, 4), not (6, 3)"),
    (LossWithoutLabels, "logits are one for each label", "there is a loss without gold labels"),
    (UnreducedLoss, "the loss is a finite scalar", "the loss is (6,), not a scalar"),
    (LossInBfloat16, "the loss is a finite scalar", "the loss of features in bfloat16 is computed in bfloat16"),
    (SummedLoss, "the loss is a mean over the batch", "the loss, with every example twice, differs by"),
    (DependsOnBatchMates, "batch mates change no logits", "logits, alone and in a batch, differs by"),
    (LogitsDependOnLabels, "batch mates change no logits", "logits, with labels and without, differs by 1"),
    (DetachesFeatures, "gradients flow", "no gradient reaches the features"),
    (InvertedGradient, "a step down the gradient lowers the loss", "after a step"),
    (LogitsAsPredictions, "predictions have the shape of labels", "predictions of 6 have shape (6, 3), labels (6,)"),
    (
        FloatPredictions,
        "predictions have the shape of labels",
        "predictions have type torch.float64, not that of label ids",
    ),
    (LabelsFromOne, "predictions have the shape of labels", "are not ids of 3 labels"),
    (NoisyResults, "results are repeated to the bit", "logits differs the second time"),
    (HiddenWeight, "saved weights are all there is", "logits after saving and loading differs by"),
]


def test_a_head_that_follows_the_laws_passes() -> None:
    check_component(ValidHead)


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_law_is_reported(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_has_a_violation() -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for _, law, _ in BROKEN} == set(laws_of(Head)[3:])
