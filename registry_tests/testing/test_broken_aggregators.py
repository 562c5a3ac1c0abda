"""Violations of the laws of aggregators: each is reported with its law and the observed behaviour."""

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

# Makes the results of equal calls differ, without random numbers.
CALLS = count(1)


class ValidAggregator(Aggregator):
    """Aggregator that follows all laws: the scaled mean of its span means. The broken ones derive from it."""

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim
        self.scale = nn.Parameter(torch.rand(dim))

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        spans_per_text = span_count(span_ids)
        exists = span_mask(span_ids, spans_per_text)
        spans = mean_of_spans(tokens, span_ids, spans_per_text) * self.scale
        return AggregatorOutput(pool_sequence(spans, exists, "mean"), spans, exists)


class WrongSequenceWidth(ValidAggregator):
    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim + 1


class WrongSpanWidth(ValidAggregator):
    span_channels = 1


class OmitsExists(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        return super().forward(tokens, span_ids)._replace(exists=None)


class NonzeroMissingSpans(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(spans=result.spans + 1)


class DependsOnPadding(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=tokens.mean(1) * self.scale)


class DependsOnBatchOrder(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=result.sequence * torch.arange(len(tokens)).unsqueeze(1))


class DependsOnBatchMates(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=result.sequence - result.sequence.mean(0))


class RequiresTwoSpans(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        # Divides by 0 where no text of the batch has a second span.
        return result._replace(sequence=result.sequence / float(span_count(span_ids) > 1))


class UnusedWeight(ValidAggregator):
    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.idle = nn.Linear(dim, dim)


class DetachesTokens(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        return super().forward(tokens.detach(), span_ids)


class NoisyResults(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        # Below every tolerance, so that only a comparison of bits finds it.
        noise = next(CALLS) * 1e-9
        return result._replace(sequence=result.sequence + noise)


class HiddenWeight(ValidAggregator):
    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        # A list hides the tensor from state_dict.
        self.hidden = [torch.rand(dim)]

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        return result._replace(sequence=result.sequence * self.hidden[0])


class AmplifiesRounding(ValidAggregator):
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        result = super().forward(tokens, span_ids)
        mixed = nn.functional.linear(result.sequence, torch.eye(self.dim, dtype=tokens.dtype))
        # Equal to 'mixed' but for rounding, which the difference of two large numbers amplifies 300 times.
        is_rounded = mixed.dtype == torch.bfloat16
        return result._replace(sequence=mixed * 300 - mixed * 299 if is_rounded else mixed)


BROKEN = [
    (WrongSequenceWidth, "widths are as declared", "sequence has shape (5, 6), declared (5, 7)"),
    (
        WrongSpanWidth,
        "widths are as declared",
        "spans has shape (5, 4, 6), declared (batch = 5, spans, span_channels = 1)",
    ),
    (OmitsExists, "exists separates spans from padding", "exists is None"),
    (NonzeroMissingSpans, "exists separates spans from padding", "span vectors that do not exist are not 0"),
    (DependsOnPadding, "padding changes nothing", "with 0 padding tokens before and 7 after, sequence differs by"),
    (DependsOnBatchOrder, "the order of a batch changes nothing", "sequence differs by"),
    (DependsOnBatchMates, "batch mates change nothing", "sequence 0, alone and in a batch, differs by"),
    (RequiresTwoSpans, "all segmentations are accepted", "with one token, sequence is not finite"),
    (UnusedWeight, "gradients flow", "no gradient reaches the weights idle.weight, idle.bias"),
    (DetachesTokens, "gradients flow", "no gradient reaches the tokens"),
    (DetachesTokens, "all segmentations are accepted", "with one token, no gradient reaches the tokens"),
    (NoisyResults, "results are repeated to the bit", "a result or a gradient differs the second time"),
    (HiddenWeight, "saved weights are all there is", "sequence after saving and loading differs by"),
    (AmplifiesRounding, "runs in bfloat16", "sequence in bfloat16 differs by"),
]


def test_an_aggregator_that_follows_the_laws_passes() -> None:
    check_component(ValidAggregator)


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_law_is_reported(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_has_a_violation() -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for _, law, _ in BROKEN} == set(laws_of(Aggregator)[3:])
