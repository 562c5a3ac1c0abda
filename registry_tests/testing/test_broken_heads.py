"""A head that breaks a law is reported, for the right reason."""

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

NOISE = count(1)


class Sound(Head):
    """A linear layer with the loss that fits the labels, from which all others here depart."""

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


class OneLogitMore(Sound):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits, loss = super().forward(features, labels)
        return HeadOutput(torch.cat((logits, logits[:, :1]), -1), loss)


class AlwaysALoss(Sound):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits, loss = super().forward(features, labels)
        return HeadOutput(logits, logits.sum() if loss is None else loss)


class LossOfEach(Sound):
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return logits.square().sum(-1)


class RoundsTheLoss(Sound):
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return super().loss(logits, labels).to(logits.dtype)


class SumsTheLoss(Sound):
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return super().loss(logits, labels) * len(logits)


class SeesMates(Sound):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        return super().forward(features - features.mean(0), labels)


class SeesLabels(Sound):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits, loss = super().forward(features, labels)
        return HeadOutput(logits if labels is None else logits + 1, loss)


class CutsTheGradient(Sound):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        return super().forward(features.detach(), labels)


class Backwards(Sound):
    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        loss = super().loss(logits, labels)
        return 2 * loss.detach() - loss


class KeepsTheLogits(Sound):
    def predict(self, logits: Tensor) -> Tensor:
        return logits


class RealIds(Sound):
    def predict(self, logits: Tensor) -> Tensor:
        return super().predict(logits).double()


class CountsFromOne(Sound):
    def predict(self, logits: Tensor) -> Tensor:
        return super().predict(logits) + 1


class Noisy(Sound):
    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        logits, loss = super().forward(features, labels)
        return HeadOutput(logits + next(NOISE) * 1e-9, loss)


class HiddenWeight(Sound):
    def __init__(self, dim: Runtime[int], num_labels: Runtime[int]) -> None:
        super().__init__(dim, num_labels)
        self.hidden = torch.rand(1)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> HeadOutput:
        return super().forward(features * self.hidden.to(features.dtype), labels)


BROKEN = [
    (OneLogitMore, "logits are one for each label", "logits have shape (6, 4), not (6, 3)"),
    (AlwaysALoss, "logits are one for each label", "there is a loss without gold labels"),
    (LossOfEach, "the loss is a finite scalar", "the loss is (6,), not a scalar"),
    (RoundsTheLoss, "the loss is a finite scalar", "the loss of features in bfloat16 is computed in bfloat16"),
    (SumsTheLoss, "the loss is a mean over the batch", "the loss, with every example twice, differs by"),
    (SeesMates, "batch mates change no logits", "logits, alone and in a batch, differs by"),
    (SeesLabels, "batch mates change no logits", "logits, with labels and without, differs by 1"),
    (CutsTheGradient, "gradients flow", "no gradient reaches the features"),
    (Backwards, "a step down the gradient lowers the loss", "after a step"),
    (KeepsTheLogits, "predictions have the shape of labels", "predictions of 6 have shape (6, 3), labels (6,)"),
    (RealIds, "predictions have the shape of labels", "predictions have type torch.float64, not that of label ids"),
    (CountsFromOne, "predictions have the shape of labels", "are not ids of 3 labels"),
    (Noisy, "results are repeated to the bit", "logits differs the second time"),
    (HiddenWeight, "saved weights are all there is", "logits after saving and loading differs by"),
]


def test_the_one_that_they_depart_from_is_sound() -> None:
    check_component(Sound)


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_is_told(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_is_tried() -> None:
    assert {law for _, law, _ in BROKEN} == set(laws_of(Head)[3:])
