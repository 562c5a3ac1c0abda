"""An aggregator that breaks a law is reported, for the right reason."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from spanreg.aggregators import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import mean_of_spans, pool_sequence
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import Runtime
from spanreg.testing import check_component, laws_of

BrokenLaws = Callable[..., dict[str, str]]

NOISE = count(1)


class Sound(Aggregator):
    """Scaled means of means, from which all others here depart."""

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim
        self.scale = nn.Parameter(torch.rand(dim))

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        most = span_count(span_ids)
        exists = span_mask(span_ids, most)
        spans = mean_of_spans(tokens, span_ids, most) * self.scale
        return AggregatorOutput(pool_sequence(spans, exists, "mean"), spans, exists)


class OtherWidth(Sound):
    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim + 1


class OtherSpanWidth(Sound):
    span_channels = 1


class SaysNothingOfSpans(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        return super().forward(tokens, span_ids)._replace(exists=None)


class RubbishInSpans(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(spans=result.spans + 1)


class SeesPadding(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=tokens.mean(1) * self.scale)


class SeesPlace(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=result.sequence * torch.arange(len(tokens)).unsqueeze(1))


class SeesMates(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=result.sequence - result.sequence.mean(0))


class WantsTwoSpans(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=result.sequence / float(span_count(span_ids) > 1))


class UnusedWeight(Sound):
    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.idle = nn.Linear(dim, dim)


class CutsTheGradient(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        return super().forward(tokens.detach(), span_ids)


class Noisy(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        noise = next(NOISE) * 1e-9
        return result._replace(sequence=result.sequence + noise)


class HiddenWeight(Sound):
    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.hidden = [torch.rand(dim)]

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=result.sequence * self.hidden[0])


class RoundsTooMuch(Sound):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        mixed = nn.functional.linear(result.sequence, torch.eye(self.dim, dtype=tokens.dtype))
        is_rounded = mixed.dtype == torch.bfloat16
        return result._replace(sequence=mixed * 300 - mixed * 299 if is_rounded else mixed)


BROKEN = [
    (OtherWidth, "widths are as declared", "sequence has shape (5, 6), declared (5, 7)"),
    (
        OtherSpanWidth,
        "widths are as declared",
        "spans has shape (5, 4, 6), declared (batch = 5, spans, span_channels = 1)",
    ),
    (SaysNothingOfSpans, "exists separates spans from padding", "exists is None"),
    (RubbishInSpans, "exists separates spans from padding", "span vectors that do not exist are not 0"),
    (SeesPadding, "padding changes nothing", "with 0 padding tokens before and 7 after, sequence differs by"),
    (SeesPlace, "the order of a batch changes nothing", "sequence differs by"),
    (SeesMates, "batch mates change nothing", "sequence 0, alone and in a batch, differs by"),
    (WantsTwoSpans, "all segmentations are accepted", "with one token, sequence is not finite"),
    (UnusedWeight, "gradients flow", "no gradient reaches the weights idle.weight, idle.bias"),
    (CutsTheGradient, "gradients flow", "no gradient reaches the tokens"),
    (CutsTheGradient, "all segmentations are accepted", "with one token, no gradient reaches the tokens"),
    (Noisy, "results are repeated to the bit", "a result or a gradient differs the second time"),
    (HiddenWeight, "saved weights are all there is", "sequence after saving and loading differs by"),
    (RoundsTooMuch, "runs in bfloat16", "sequence in bfloat16 differs by"),
]


def test_the_one_that_they_depart_from_is_sound() -> None:
    check_component(Sound)


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_is_told(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_is_tried() -> None:
    assert {law for _, law, _ in BROKEN} == set(laws_of(Aggregator)[3:])
