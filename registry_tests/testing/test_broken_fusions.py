"""Violations of the laws of fusions: each is reported with its law and the observed behaviour."""

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

# Makes the results of equal calls differ, without random numbers.
CALLS = count(1)


class ValidFusion(Fusion):
    """Fusion that follows all laws: a scaled concatenation. The broken ones derive from it."""

    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__(dim, channels)
        self.out_dim = dim + channels
        self.scale = nn.Parameter(torch.rand(dim + channels))

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return torch.cat((sentence, aggregated.sequence), -1) * self.scale


class WrongWidth(ValidFusion):
    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__(dim, channels)
        self.out_dim = dim


class WrongWidthWithoutAggregator(ValidFusion):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        # Without an aggregator there are 0 channels.
        return super().forward(sentence, aggregated)[:, : self.out_dim - (self.channels == 0)]


class DependsOnBatchMates(ValidFusion):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence - sentence.mean(0), aggregated)


class DependsOnSpanPadding(ValidFusion):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence, aggregated) * aggregated.spans.shape[1]


class UnusedWeight(ValidFusion):
    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__(dim, channels)
        self.idle = nn.Linear(dim, dim)


class DetachesAggregated(ValidFusion):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence, aggregated._replace(sequence=aggregated.sequence.detach()))


class NoisyResults(ValidFusion):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        # Below every tolerance, so that only a comparison of bits finds it.
        noise = next(CALLS) * 1e-9
        return super().forward(sentence + noise, aggregated)


class HiddenWeight(ValidFusion):
    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__(dim, channels)
        # Neither a parameter nor a buffer, so it is not saved.
        self.hidden = torch.rand(1)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        return super().forward(sentence * self.hidden, aggregated)


class RejectsMixedPrecision(ValidFusion):
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        if sentence.dtype != aggregated.sequence.dtype:
            raise TypeError("two precisions")
        return super().forward(sentence, aggregated)


BROKEN = [
    (WrongWidth, "the width is as declared", "the result has shape (3, 7), declared (3, 4)"),
    (
        WrongWidthWithoutAggregator,
        "no aggregator is supported or rejected",
        "the result has shape (3, 3), declared (3, 4)",
    ),
    (DependsOnBatchMates, "batch mates change nothing", "sentence 0, alone and in a batch, differs by"),
    (DependsOnSpanPadding, "batch mates change nothing", "sentence 1, alone and in a batch, differs by"),
    (UnusedWeight, "gradients flow", "no gradient reaches the weights idle.weight, idle.bias"),
    (DetachesAggregated, "gradients flow", "no gradient reaches the aggregator's results"),
    (NoisyResults, "results are repeated to the bit", "the result differs the second time"),
    (HiddenWeight, "saved weights are all there is", "the result after saving and loading differs by"),
    (RejectsMixedPrecision, "runs in bfloat16", "TypeError: two precisions (test_broken_fusions.py:"),
]


def test_a_fusion_that_follows_the_laws_passes() -> None:
    check_component(ValidFusion)


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_law_is_reported(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_has_a_violation() -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for _, law, _ in BROKEN} == set(laws_of(Fusion)[3:])
