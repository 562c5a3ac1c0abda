"""Every aggregator equals a slow loop over sequences and spans, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from spanreg.aggregators import Aggregator

DIM = 6

MakeBatch = Callable[..., tuple[Tensor, Tensor]]

SlowResult = tuple[Tensor, list[Tensor]]
"Sequence vector and span vectors of one sequence."


def cut(tokens: Tensor, spans: list[int]) -> Iterator[list[Tensor]]:
    """Yield the token vectors of each span."""
    begin = 0
    for length in spans:
        yield list(tokens[begin : begin + length])
        begin += length


def mean(vectors: list[Tensor]) -> Tensor:
    return sum(vectors[1:], vectors[0]) / len(vectors)


def maximum(vectors: list[Tensor]) -> Tensor:
    return torch.stack(vectors).max(0).values


def weighted(vectors: list[Tensor], score: Tensor) -> Tensor:
    """Return the mean weighted by the softmax of ``score @ vector``."""
    powers = [math.exp(float(score @ vector)) for vector in vectors]
    return sum((power * vector for power, vector in zip(powers, vectors, strict=True)), 0 * vectors[0]) / sum(powers)


def convolved(vectors: list[Tensor], layer: Any) -> list[Tensor]:
    """Return a convolution, position by position, with zeros beyond the ends."""
    weight = layer.weight.unflatten(0, (-1, layer.channels))  # shape: (kernel_size, channels, dim)
    radius = len(weight) // 2
    results = []
    for position in range(len(vectors)):
        total = layer.bias.clone()
        for offset in range(-radius, radius + 1):
            if 0 <= position + offset < len(vectors):
                total += weight[offset + radius] @ vectors[position + offset]
        results.append(total)
    return results


def slow_mean_pool(_: Any, tokens: Tensor, spans: list[int]) -> SlowResult:
    """Return the mean over each span, and the mean over the spans."""
    vectors = [mean(inside) for inside in cut(tokens, spans)]
    return mean(vectors), vectors


def slow_max_pool(_: Any, tokens: Tensor, spans: list[int]) -> SlowResult:
    """Return the maximum over each span, and the mean over the spans."""
    vectors = [maximum(inside) for inside in cut(tokens, spans)]
    return mean(vectors), vectors


def slow_endpoint(aggregator: Any, tokens: Tensor, spans: list[int]) -> SlowResult:
    """Return the projection of the first and the last token of each span, and the maximum over the spans."""
    layer = aggregator.projection
    ends = [torch.cat((inside[0], inside[-1])) for inside in cut(tokens, spans)]
    vectors = [(layer.weight @ vector + layer.bias).clamp(min=0) for vector in ends]
    return maximum(vectors), vectors


def slow_self_attentive(aggregator: Any, tokens: Tensor, spans: list[int]) -> SlowResult:
    """Return the weighted mean over each span, and the weighted mean over the spans."""
    vectors = [weighted(inside, aggregator.token_score.weight[0]) for inside in cut(tokens, spans)]
    return weighted(vectors, aggregator.span_score.weight[0]), vectors


def lstm_states(layer: Any, vectors: list[Tensor]) -> list[Tensor]:
    """Return the hidden states of an LSTM, by its formula."""
    hidden = cell = layer.weight_hh_l0.new_zeros(layer.hidden_size)
    states = []
    for vector in vectors:
        sums = layer.weight_ih_l0 @ vector + layer.bias_ih_l0 + layer.weight_hh_l0 @ hidden + layer.bias_hh_l0
        enter, forget, new, out = sums.chunk(4)
        cell = forget.sigmoid() * cell + enter.sigmoid() * new.tanh()
        hidden = out.sigmoid() * cell.tanh()
        states.append(hidden)
    return states


def slow_span_lstm(aggregator: Any, tokens: Tensor, spans: list[int]) -> SlowResult:
    """Return the states of an LSTM in both directions over the means of the spans, and the two last states."""
    means = [mean(inside) for inside in cut(tokens, spans)]
    onward = lstm_states(aggregator.onward, means)
    back = lstm_states(aggregator.back, means[::-1])[::-1]
    vectors = [torch.cat(pair) for pair in zip(onward, back, strict=True)]
    return torch.cat((onward[-1], back[0])), vectors


def attended(layer: Any, states: Tensor) -> Tensor:
    """Return self-attention within one sequence, head by head; ``states`` has shape: (spans, channels)."""
    queries, keys, values = (states @ layer.in_proj_weight.T + layer.in_proj_bias).chunk(3, -1)
    width = states.shape[-1] // layer.num_heads
    heads = []
    for head in range(layer.num_heads):
        part = slice(head * width, (head + 1) * width)
        scores = queries[:, part] @ keys[:, part].T / math.sqrt(width)
        heads.append(scores.softmax(-1) @ values[:, part])
    return layer.out_proj(torch.cat(heads, -1))


def slow_span_transformer(aggregator: Any, tokens: Tensor, spans: list[int]) -> SlowResult:
    """Return a Transformer layer over the means of the spans, and the mean over the spans."""
    layer = aggregator.layer
    states = aggregator.projection(torch.stack([mean(inside) for inside in cut(tokens, spans)]))
    states = states + attended(layer.self_attn, layer.norm1(states))
    states = states + layer.linear2(functional.gelu(layer.linear1(layer.norm2(states))))
    return mean(list(states)), list(states)


def slow_flat_cnn(aggregator: Any, tokens: Tensor, _: list[int]) -> SlowResult:
    """Return two convolutions over the tokens, and the maximum over the tokens."""
    states = [state.clamp(min=0) for state in convolved(list(tokens), aggregator.first)]
    states = [state.clamp(min=0) for state in convolved(states, aggregator.second)]
    return maximum(states), states


def slow_level(vectors: list[Tensor], first: Any, level: Any, options: dict[str, Any], pooling: str) -> Tensor:
    """Return one level of the hierarchical CNN over a span, or over the spans."""
    for number, layer in enumerate([first, *level.deeper]):
        results = convolved(vectors, layer)
        if options.get("normalization"):
            results = [level.norms[number](result) for result in results]
        results = [getattr(functional, options.get("activation", "relu"))(result) for result in results]
        if options.get("residual") and len(results[0]) == len(vectors[0]):
            results = [result + vector for result, vector in zip(results, vectors, strict=True)]
        vectors = results
    if pooling == "attention":
        return weighted(vectors, level.score.weight[0])
    return {"max": maximum, "mean": mean}[pooling](vectors)


def slow_hierarchical_cnn(aggregator: Any, tokens: Tensor, spans: list[int], **options: Any) -> SlowResult:
    """Return one level over each span, and one level over the spans."""
    pooling = options.get("pooling", "max")
    vectors = [
        slow_level(inside, aggregator.intra, aggregator.intra_level, options, pooling) for inside in cut(tokens, spans)
    ]
    inter_pooling = options.get("inter_pooling", pooling)
    return slow_level(vectors, aggregator.inter, aggregator.inter_level, options, inter_pooling), vectors


def padded_rows(tokens: Tensor, spans: list[int], row: int, slots: int) -> Tensor:
    """Return the padded rows of the released code, shape: (slots, row, dim)."""
    rows = tokens.new_zeros(slots, row, tokens.shape[-1])
    for number, inside in enumerate([*cut(tokens, spans)][:slots]):
        for place, vector in enumerate(inside[:row]):
            rows[number, place] = vector
    return rows


def released_windows(conv: Any, positions: Tensor) -> Tensor:
    """Return the ReLU of the maximum over windows of width 3, window by window."""
    windows = [
        sum((conv.weight[:, :, tap] @ positions[start + tap] for tap in range(3)), conv.bias)
        for start in range(len(positions) - 2)
    ]
    return maximum(windows).clamp(min=0)


def released_attended(level: Any, positions: Tensor) -> Tensor:
    """Return the attention over all positions, zeros included, after layer norm."""
    scores = [level.query.weight[0] @ (level.project.weight @ state + level.project.bias).tanh() for state in positions]
    weights = torch.stack(scores).softmax(0)
    total = sum(
        (weight * state for weight, state in zip(weights, positions, strict=True)), torch.zeros_like(positions[0])
    )
    return functional.layer_norm(total, total.shape, level.norm.weight, level.norm.bias)


def slow_released(within: Callable[..., Tensor], over: Callable[..., Tensor]) -> Callable[..., SlowResult]:
    """Return the loop for a released aggregator: over the rows, then over the slots."""

    def slow(aggregator: Any, tokens: Tensor, spans: list[int]) -> SlowResult:
        rows = padded_rows(tokens, spans, aggregator.row, aggregator.slots)
        vectors = torch.stack([within(aggregator.intra, row) for row in rows])
        return over(aggregator, vectors), list(vectors[: len(spans)])

    return slow


def over_slots(level: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return a function that applies a level to the vectors of the slots."""
    return lambda aggregator, vectors: level(aggregator.inter, vectors)


def maximum_over_slots(_: Any, vectors: Tensor) -> Tensor:
    return maximum(list(vectors))


RELEASED = {
    "released_cnn": slow_released(released_windows, over_slots(released_windows)),
    "cnn_max_pool": slow_released(released_windows, maximum_over_slots),
    "released_attention": slow_released(released_attended, over_slots(released_attended)),
    "attention_max_pool": slow_released(released_attended, maximum_over_slots),
}

SLOW: dict[str, tuple[Callable[..., SlowResult], dict[str, Any]]] = {
    "hierarchical_cnn": (slow_hierarchical_cnn, {"channels": 4}),
    "flat_cnn": (slow_flat_cnn, {"channels": 4, "kernel_size": 5}),
    "mean_pool": (slow_mean_pool, {}),
    "max_pool": (slow_max_pool, {}),
    "endpoint": (slow_endpoint, {"channels": 4}),
    "self_attentive": (slow_self_attentive, {}),
    "span_lstm": (slow_span_lstm, {"hidden": 3}),
    "span_transformer": (slow_span_transformer, {"channels": 4, "heads": 2}),
    # Some sequences of the tests have more spans than slots, and some spans more tokens than the row.
    **{name: (slow, {"row": 5, "slots": 6}) for name, slow in RELEASED.items()},
}

CNN_OPTIONS = [
    dict(zip(("pooling", "activation", "depth", "residual", "normalization"), values, strict=True))
    for values in product(("max", "mean", "attention"), ("relu", "gelu", "tanh"), (1, 2), (False, True), (False, True))
]
CNN_OPTIONS += [
    {"inter_kernel_size": 5, "inter_channels": 3, "inter_depth": 2},
    {"inter_pooling": "mean"},
    {"pooling": "attention", "inter_pooling": "max", "channels": DIM, "residual": True},
]


def make_aggregator(name: str, options: dict[str, Any], seed: int = 0) -> Aggregator:
    """Return an aggregator in float64 with the random weights of a seed."""
    torch.manual_seed(seed)
    return Aggregator.from_params({"type": name, **options}, dim=DIM).double().eval().requires_grad_(False)


def assert_equals_loop(
    aggregator: Aggregator, slow: Callable[..., SlowResult], batch: tuple[Tensor, Tensor], lengths: Any
) -> None:
    """Check the sequence vectors and the span vectors of a batch, sequence by sequence."""
    tokens, span_ids = batch
    result = aggregator(tokens, span_ids)
    assert result.exists is not None
    for row, spans in enumerate(lengths):
        sequence, vectors = slow(aggregator, tokens[row, : sum(spans)], spans)
        torch.testing.assert_close(result.sequence[row], sequence, rtol=0, atol=1e-10)
        torch.testing.assert_close(result.spans[row][result.exists[row]], torch.stack(vectors), rtol=0, atol=1e-10)


def test_every_aggregator_is_compared_with_a_loop() -> None:
    elsewhere = {"none", "multi_granularity"}  # in test_none.py and test_multi_granularity.py
    assert {*SLOW, *elsewhere} >= {*Aggregator.list_available()}


@pytest.mark.parametrize("name", SLOW)
@given(
    lengths=st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=8), min_size=1, max_size=4),
    padding=st.integers(0, 3),
    seed=st.integers(0, 99),
)
@settings(max_examples=25)
def test_equals_the_loop(name: str, make_batch: MakeBatch, lengths: list[list[int]], padding: int, seed: int) -> None:
    slow, options = SLOW[name]
    assert_equals_loop(make_aggregator(name, options, seed), slow, make_batch(lengths, seed, padding), lengths)


def leading_windows(conv: Any, positions: Tensor, count: int) -> Tensor:
    """Return the ReLU of the maximum over windows that begin at the first ``count`` positions; 0 without any."""
    starts = range(min(count, len(positions) - 2))
    return released_windows(conv, positions[: len(starts) + 2]) if starts else torch.zeros_like(conv.bias)


def slow_without_padding(aggregator: Any, tokens: Tensor, spans: list[int]) -> SlowResult:
    """Return the released CNN with windows that begin at tokens and spans only."""
    rows = padded_rows(tokens, spans, aggregator.row, aggregator.slots)
    lengths = [*spans, *[0] * aggregator.slots][: aggregator.slots]
    pairs = zip(rows, lengths, strict=True)
    vectors = torch.stack([leading_windows(aggregator.intra, row, length) for row, length in pairs])
    return leading_windows(aggregator.inter, vectors, len(spans)), list(vectors[: len(spans)])


@pytest.mark.parametrize("sizes", [{"row": 5, "slots": 6}, {"row": 3, "slots": 3}, {"row": 16, "slots": 64}], ids=str)
@pytest.mark.parametrize("options", [{"padding": False}, {"padding": False, "channels": 4}, {"channels": 9}], ids=str)
def test_options_of_the_released_cnn_equal_the_loop(
    options: dict[str, Any], sizes: dict[str, int], make_batch: MakeBatch
) -> None:
    lengths = [[2, 1, 3], [1, 2], [1], [4, 1, 1, 1, 6, 2, 1]]
    aggregator = make_aggregator("released_cnn", {**options, **sizes})
    assert aggregator.channels == options.get("channels", DIM)
    slow = SLOW["released_cnn"][0] if options.get("padding", True) else slow_without_padding
    for number in range(5):  # several draws, for biases of both signs
        for parameter in aggregator.parameters():
            torch.nn.init.normal_(parameter)
        assert_equals_loop(aggregator, slow, make_batch(lengths, number, padding=1), lengths)


@pytest.mark.parametrize("options", CNN_OPTIONS, ids=lambda options: "-".join(map(str, options.values())))
def test_options_of_the_hierarchical_cnn_equal_the_loop(options: dict[str, Any], make_batch: MakeBatch) -> None:
    lengths = [[2, 1, 3], [1, 2], [1], [4, 1, 1, 1]]
    cnn = make_aggregator("hierarchical_cnn", {"channels": 4, **options})
    slow = partial(slow_hierarchical_cnn, **options)
    assert_equals_loop(cnn, slow, make_batch(lengths, padding=1), lengths)


@pytest.mark.parametrize("shape", [{"row": 3, "slots": 3}, {"row": 4, "slots": 12}, {"row": 16, "slots": 64}], ids=str)
@pytest.mark.parametrize("name", RELEASED)
def test_released_gradients_equal_those_of_the_loop(name: str, shape: dict[str, int], make_batch: MakeBatch) -> None:
    lengths = [[2, 1, 3], [1, 2], [1], [4, 1, 1, 1, 2]]
    aggregator = make_aggregator(name, shape).requires_grad_()
    # Layer norm starts with the weight 1 and the bias 0, which would hide mistakes.
    for parameter in aggregator.parameters():
        torch.nn.init.normal_(parameter)
    tokens, span_ids = make_batch(lengths, padding=1, padding_value=0.5)
    tokens.requires_grad_()
    weights = [tokens, *aggregator.parameters()]
    fast = aggregator(tokens, span_ids).sequence
    rows = [RELEASED[name](aggregator, tokens[row, : sum(spans)], spans)[0] for row, spans in enumerate(lengths)]
    slow = torch.stack(rows)
    torch.testing.assert_close(fast, slow, rtol=0, atol=1e-10)
    gradients = zip(*(torch.autograd.grad(result.square().sum(), weights) for result in (fast, slow)), strict=True)
    for gradient, slow_gradient in gradients:
        torch.testing.assert_close(gradient, slow_gradient, rtol=0, atol=1e-10)


def test_the_control_has_as_many_weights_as_the_hierarchical_cnn() -> None:
    sizes = [
        sum(weight.numel() for weight in make_aggregator(name, {"channels": 5, "kernel_size": 3}).parameters())
        for name in ("flat_cnn", "hierarchical_cnn")
    ]
    assert sizes[0] == sizes[1]
