"""The hierarchical CNN is exact, and independent of padding and of other sequences of the batch."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from spanreg.aggregators import Aggregator
from spanreg.aggregators.hierarchical_cnn import HierarchicalCnn
from spanreg.registry import ConfigurationError

DIM = 5


def random_cnn(kernel_size: int = 3, channels: int = 4, seed: int = 0) -> HierarchicalCnn:
    torch.manual_seed(seed)
    return HierarchicalCnn(DIM, kernel_size, channels).double()


def batch_of(lengths: list[list[int]], seed: int = 0, padding: int = 0) -> tuple[Tensor, Tensor]:
    """Return random token vectors and span ids for given span lengths; padding has arbitrary values."""
    tokens = max(sum(spans) for spans in lengths) + padding
    span_ids = torch.full((len(lengths), tokens), -1)
    for row, spans in enumerate(lengths):
        span_ids[row, : sum(spans)] = torch.arange(len(spans)).repeat_interleave(torch.tensor(spans))
    vectors = torch.randn(len(lengths), tokens, DIM, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return torch.where(span_ids.unsqueeze(-1) < 0, 1e6, vectors), span_ids


def slow_convolution(states: list[Tensor], weight: Tensor, bias: Tensor) -> list[Tensor]:
    """Return a convolution, position by position; ``weight`` has shape: (kernel_size, channels, dim)."""
    radius = len(weight) // 2
    results = []
    for position in range(len(states)):
        total = bias.clone()
        for offset in range(-radius, radius + 1):
            if 0 <= position + offset < len(states):
                total += weight[offset + radius] @ states[position + offset]
        results.append(total)
    return results


def slow_maximum(states: list[Tensor]) -> Tensor:
    return torch.stack([state.clamp(min=0) for state in states]).max(0).values


def slow_cnn(cnn: HierarchicalCnn, tokens: Tensor, spans: list[int]) -> tuple[Tensor, list[Tensor]]:
    """Return the sequence vector and the span vectors of one sequence, span by span."""
    intra, inter = (level.weight.detach().unflatten(0, (-1, cnn.channels)) for level in (cnn.intra, cnn.inter))
    vectors, begin = [], 0
    for length in spans:
        inside = list(tokens[begin : begin + length])
        vectors.append(slow_maximum(slow_convolution(inside, intra, cnn.intra.bias.detach())))
        begin += length
    return slow_maximum(slow_convolution(vectors, inter, cnn.inter.bias.detach())), vectors


def test_builds_from_a_config() -> None:
    cnn = Aggregator.from_params({"type": "hierarchical_cnn", "kernel_size": 5, "channels": 7}, dim=DIM)
    assert isinstance(cnn, HierarchicalCnn)
    assert cnn.channels == 7
    assert cnn.intra.weight.shape == (5 * 7, DIM)
    assert cnn.inter.weight.shape == (5 * 7, 7)


@given(
    lengths=st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=8), min_size=1, max_size=4),
    kernel_size=st.sampled_from([1, 3, 5, 9]),
    padding=st.integers(0, 3),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_equals_a_slow_loop(lengths: list[list[int]], kernel_size: int, padding: int, seed: int) -> None:
    cnn = random_cnn(kernel_size, seed=seed)
    tokens, span_ids = batch_of(lengths, seed, padding)
    result = cnn(tokens, span_ids)
    assert result.spans.shape == (len(lengths), max(map(len, lengths)), cnn.channels)
    for row, spans in enumerate(lengths):
        sequence, vectors = slow_cnn(cnn, tokens[row], spans)
        torch.testing.assert_close(result.sequence[row], sequence, rtol=0, atol=1e-10)
        torch.testing.assert_close(result.spans[row, : len(spans)], torch.stack(vectors), rtol=0, atol=1e-10)
        assert not result.spans[row, len(spans) :].any()


@pytest.mark.parametrize(
    "lengths", [[[1]], [[12]], [[1] * 12], [[1], [5, 1]], [[1] * 512], [[512]]], ids=lambda lengths: str(lengths)[:20]
)
def test_extreme_segmentations(lengths: list[list[int]]) -> None:
    cnn = random_cnn()
    tokens, span_ids = batch_of(lengths)
    result = cnn(tokens, span_ids)
    for row, spans in enumerate(lengths):
        torch.testing.assert_close(result.sequence[row], slow_cnn(cnn, tokens[row], spans)[0], rtol=0, atol=1e-10)


@given(
    lengths=st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=6), min_size=2, max_size=5),
    padding=st.integers(0, 9),
    data=st.data(),
)
@settings(max_examples=40)
def test_padding_order_and_mates_change_nothing(lengths: list[list[int]], padding: int, data: st.DataObject) -> None:
    cnn = random_cnn()
    tokens, span_ids = batch_of(lengths)
    whole = cnn(tokens, span_ids).sequence
    order = torch.tensor(data.draw(st.permutations(range(len(lengths)))))
    torch.testing.assert_close(cnn(tokens[order], span_ids[order]).sequence, whole[order], rtol=0, atol=1e-12)
    padded, padded_ids = pad(tokens, padding, 7e5), pad(span_ids, padding, -1)
    torch.testing.assert_close(cnn(padded, padded_ids).sequence, whole, rtol=0, atol=1e-12)
    for row, spans in enumerate(lengths):
        alone = cnn(tokens[row : row + 1, : sum(spans)], span_ids[row : row + 1, : sum(spans)]).sequence
        torch.testing.assert_close(alone[0], whole[row], rtol=0, atol=1e-12)


def pad(states: Tensor, padding: int, value: float) -> Tensor:
    return torch.cat((states, states.new_full((len(states), padding, *states.shape[2:]), value)), 1)


def test_padding_may_be_on_the_left() -> None:
    cnn = random_cnn()
    tokens, span_ids = batch_of([[2, 1, 3]])
    left = torch.cat((torch.full((1, 2), -1), span_ids), 1)
    padded = torch.cat((torch.full((1, 2, DIM), 3e5, dtype=torch.float64), tokens), 1)
    torch.testing.assert_close(cnn(padded, left).sequence, cnn(tokens, span_ids).sequence, rtol=0, atol=1e-12)


def test_gradients_are_right_and_padding_gets_none() -> None:
    cnn = random_cnn(channels=3)
    tokens, span_ids = batch_of([[2, 1, 3], [1, 2]])
    tokens = torch.where(span_ids.unsqueeze(-1) < 0, 0.5, tokens).requires_grad_()
    assert torch.autograd.gradcheck(lambda states: cnn(states, span_ids)[:2], tokens)
    cnn(tokens, span_ids).sequence.sum().backward()
    assert tokens.grad is not None
    assert not tokens.grad[span_ids < 0].any()
    assert all(parameter.grad is not None for parameter in cnn.parameters())


def test_runs_in_bfloat16_and_repeats_itself_to_the_bit() -> None:
    cnn = random_cnn(channels=16).float()
    tokens, span_ids = batch_of([[2, 1, 3], [1, 2]])
    tokens = torch.where(span_ids.unsqueeze(-1) < 0, 0.5, tokens).float()
    exact = cnn(tokens, span_ids).sequence
    rounded, gradients = [], []
    for _ in range(2):
        cnn.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            rounded.append(cnn(tokens, span_ids).sequence)
        rounded[-1].float().square().sum().backward()
        gradients.append([parameter.grad.clone() for parameter in cnn.parameters() if parameter.grad is not None])
    assert rounded[0].dtype == torch.bfloat16
    torch.testing.assert_close(rounded[0].float(), exact, rtol=0.05, atol=0.05)
    assert torch.equal(*rounded)
    assert all(torch.equal(*pair) for pair in zip(*gradients, strict=True))


def test_the_same_seed_gives_the_same_weights() -> None:
    one, two = random_cnn().state_dict(), random_cnn().state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 0}, "kernel_size: expected an odd number of at least 1, got 0. give 1, 3, 5 or the like"),
        ({"kernel_size": 4}, "kernel_size: expected an odd number of at least 1, got 4. give 1, 3, 5 or the like"),
        (
            {"channels": 0},
            "channels: expected at least 1 channel, got 0. give at least 1, or use the aggregator 'none'",
        ),
    ],
)
def test_refuses(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        HierarchicalCnn(DIM, **arguments)
    assert str(caught.value) == message


def test_exports() -> None:
    cnn = random_cnn().float()
    tokens, span_ids = batch_of([[2, 1, 3], [1, 2]])
    exported = torch.export.export(cnn, (tokens.float(), span_ids)).module()
    torch.testing.assert_close(exported(tokens.float(), span_ids).sequence, cnn(tokens.float(), span_ids).sequence)
