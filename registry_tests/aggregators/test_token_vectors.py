"""``Aggregator.token_vectors``, the span vector of each token: properties of every registered aggregator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from spanreg.aggregators import Aggregator

DIM = 6
LENGTHS = [[2, 1, 3], [1, 2], [1], [1, 1, 1, 1], [5]]
SMALL_OPTIONS: dict[str, dict[str, Any]] = {
    "hierarchical_cnn": {"channels": 4, "inter_channels": 3},
    "flat_cnn": {"channels": 4},
    "endpoint": {"channels": 4},
    "span_lstm": {"hidden": 2},
    "span_transformer": {"channels": 4, "heads": 2, "dropout": 0.0},
}
NAMES = [name for name in Aggregator.list_available() if name != "multi_granularity"]

MakeBatch = Callable[..., tuple[Tensor, Tensor]]


def make_aggregator(name: str) -> Aggregator:
    """Return a small aggregator in float64."""
    torch.manual_seed(0)
    return Aggregator.from_params({"type": name, **SMALL_OPTIONS.get(name, {})}, dim=DIM).double().eval()


def token_vectors(aggregator: Aggregator, tokens: Tensor, span_ids: Tensor) -> Tensor:
    """Return the vector of each token's span, shape: (batch, tokens, span_channels)."""
    return aggregator.token_vectors(aggregator(tokens, span_ids), span_ids)


@pytest.mark.parametrize("name", NAMES)
def test_equals_a_slow_loop(name: str, make_batch: MakeBatch) -> None:
    aggregator = make_aggregator(name)
    tokens, span_ids = make_batch(LENGTHS, padding=2)
    spans = aggregator(tokens, span_ids).spans
    vectors = token_vectors(aggregator, tokens, span_ids)
    assert vectors.shape == (*span_ids.shape, aggregator.span_channels)
    for row in range(len(LENGTHS)):
        for token, span in enumerate(span_ids[row].tolist()):
            # The spans of flat_cnn are the tokens themselves.
            place = token if name == "flat_cnn" else span
            expected = spans[row, place] if span >= 0 and aggregator.channels else torch.zeros_like(vectors[row, token])
            assert torch.equal(vectors[row, token], expected)


@pytest.mark.parametrize("name", NAMES)
def test_padding_and_the_rest_of_the_batch_change_nothing(name: str, make_batch: MakeBatch) -> None:
    aggregator = make_aggregator(name)
    tokens, span_ids = make_batch(LENGTHS)
    whole = token_vectors(aggregator, tokens, span_ids)
    for row, spans in enumerate(LENGTHS):
        length = sum(spans)
        alone = token_vectors(aggregator, tokens[row : row + 1, :length], span_ids[row : row + 1, :length])
        torch.testing.assert_close(alone[0], whole[row, :length], rtol=0, atol=1e-12)
        assert not whole[row, length:].any()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "none"])
def test_gradients_are_correct(name: str, make_batch: MakeBatch) -> None:
    aggregator = make_aggregator(name)
    tokens, span_ids = make_batch([[2, 1], [1]], padding_value=0.5)
    assert torch.autograd.gradcheck(lambda states: token_vectors(aggregator, states, span_ids), tokens.requires_grad_())


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("inner", ["mean_pool", "flat_cnn", "hierarchical_cnn"])
def test_several_segmentations_give_the_weighted_sum(inner: str, shared: bool, make_batch: MakeBatch) -> None:
    torch.manual_seed(0)
    options = {"type": inner, **SMALL_OPTIONS.get(inner, {})}
    aggregator: Any = Aggregator.from_params(
        {"type": "multi_granularity", "aggregator": options, "shared": shared}, dim=DIM, layers=2
    )
    aggregator.double().eval().bias.data = torch.tensor([0.3, -1.0], dtype=torch.float64)
    tokens, first_ids = make_batch([[2, 1, 3], [1, 1, 1]])
    second_ids = make_batch([[1, 5], [3]])[1]
    combined = token_vectors(aggregator, tokens, torch.stack((first_ids, second_ids), 1))
    assert combined.shape == (2, 6, aggregator.span_channels)
    expected = torch.zeros_like(combined)
    for layer, span_ids in enumerate((first_ids, second_ids)):
        inside = aggregator.inner[0 if shared else layer]
        expected += aggregator.bias.softmax(0)[layer] * token_vectors(inside, tokens, span_ids)
    torch.testing.assert_close(combined, expected, rtol=0, atol=1e-12)
