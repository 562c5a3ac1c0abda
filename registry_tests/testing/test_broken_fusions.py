"""A fusion that breaks a law is reported, for the right reason."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from spanreg.aggregators import AggregatorOutput
from spanreg.fusions import Fusion
from spanreg.registry import Runtime
from spanreg.testing import check_component, laws_of

BrokenLaws = Callable[..., dict[str, str]]

NOISE = count(1)


class Sound(Fusion):
    """Scaled concatenation, from which all others here depart."""

    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__(dim, channels)
        self.out_dim = dim + channels
        self.scale = nn.Parameter(torch.rand(dim + channels))

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return torch.cat((sentence, aggregated.sequence), -1) * self.scale


class OtherWidth(Sound):
    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__(dim, channels)
        self.out_dim = dim


class CannotDoWithout(Sound):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence, aggregated)[:, : self.out_dim - (self.channels == 0)]


class SeesMates(Sound):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence - sentence.mean(0), aggregated)


class CountsMissingSpans(Sound):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence, aggregated) * aggregated.spans.shape[1]


class UnusedWeight(Sound):
    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__(dim, channels)
        self.idle = nn.Linear(dim, dim)


class ForgetsTheSpans(Sound):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence, aggregated._replace(sequence=aggregated.sequence.detach()))


class Noisy(Sound):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        noise = next(NOISE) * 1e-9
        return super().forward(sentence + noise, aggregated)


class HiddenWeight(Sound):
    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__(dim, channels)
        self.hidden = torch.rand(1)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence * self.hidden, aggregated)


class OnePrecision(Sound):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        if sentence.dtype != aggregated.sequence.dtype:
            raise TypeError("two precisions")
        return super().forward(sentence, aggregated)


BROKEN = [
    (OtherWidth, "the width is as declared", "the result has shape (3, 7), declared (3, 4)"),
    (CannotDoWithout, "no aggregator is supported or rejected", "the result has shape (3, 3), declared (3, 4)"),
    (SeesMates, "batch mates change nothing", "sentence 0, alone and in a batch, differs by"),
    (CountsMissingSpans, "batch mates change nothing", "sentence 1, alone and in a batch, differs by"),
    (UnusedWeight, "gradients flow", "no gradient reaches the weights idle.weight, idle.bias"),
    (ForgetsTheSpans, "gradients flow", "no gradient reaches the aggregator's results"),
    (Noisy, "results are repeated to the bit", "the result differs the second time"),
    (HiddenWeight, "saved weights are all there is", "the result after saving and loading differs by"),
    (OnePrecision, "runs in bfloat16", "TypeError: two precisions (test_broken_fusions.py:"),
]


def test_the_one_that_they_depart_from_is_sound() -> None:
    check_component(Sound)


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_is_told(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_is_tried() -> None:
    assert {law for _, law, _ in BROKEN} == set(laws_of(Fusion)[3:])
