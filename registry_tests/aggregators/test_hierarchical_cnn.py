"""The hierarchical CNN: equality with a slow loop, and independence of padding and of the rest of the batch."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from spanreg.aggregators import Aggregator
from spanreg.aggregators.hierarchical_cnn import HierarchicalCnn
from spanreg.registry import ConfigurationError
from spanreg.testing.tensors import token_batch

DIM = 5


def random_cnn(kernel_size: int = 3, channels: int = 4, seed: int = 0) -> HierarchicalCnn:
    """Return a CNN in float64 with the random weights of a seed."""
    torch.manual_seed(seed)
    return HierarchicalCnn(DIM, kernel_size, channels).double()


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
    """Return the maximum over positions after ReLU."""
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
    tokens, span_ids = token_batch(lengths, DIM, seed=seed, padding=padding)
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
def test_extreme_segmentations_equal_the_slow_loop(lengths: list[list[int]]) -> None:
    cnn = random_cnn()
    tokens, span_ids = token_batch(lengths, DIM)
    result = cnn(tokens, span_ids)
    for row, spans in enumerate(lengths):
        torch.testing.assert_close(result.sequence[row], slow_cnn(cnn, tokens[row], spans)[0], rtol=0, atol=1e-10)


@given(
    lengths=st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=6), min_size=2, max_size=5),
    padding=st.integers(0, 9),
    data=st.data(),
)
@settings(max_examples=40)
def test_padding_order_and_the_other_sequences_change_nothing(
    lengths: list[list[int]], padding: int, data: st.DataObject
) -> None:
    cnn = random_cnn()
    tokens, span_ids = token_batch(lengths, DIM)
    whole = cnn(tokens, span_ids).sequence
    order = torch.tensor(data.draw(st.permutations(range(len(lengths)))))
    torch.testing.assert_close(cnn(tokens[order], span_ids[order]).sequence, whole[order], rtol=0, atol=1e-12)
    padded, padded_ids = pad(tokens, padding, 7e5), pad(span_ids, padding, -1)
    torch.testing.assert_close(cnn(padded, padded_ids).sequence, whole, rtol=0, atol=1e-12)
    for row, spans in enumerate(lengths):
        alone = cnn(tokens[row : row + 1, : sum(spans)], span_ids[row : row + 1, : sum(spans)]).sequence
        torch.testing.assert_close(alone[0], whole[row], rtol=0, atol=1e-12)


def pad(states: Tensor, padding: int, value: float) -> Tensor:
    """Append padding of a value to each sequence."""
    return torch.cat((states, states.new_full((len(states), padding, *states.shape[2:]), value)), 1)


def test_padding_may_be_on_the_left() -> None:
    cnn = random_cnn()
    tokens, span_ids = token_batch([[2, 1, 3]], DIM)
    left_ids = torch.cat((torch.full((1, 2), -1), span_ids), 1)
    left_tokens = torch.cat((torch.full((1, 2, DIM), 3e5, dtype=torch.float64), tokens), 1)
    torch.testing.assert_close(cnn(left_tokens, left_ids).sequence, cnn(tokens, span_ids).sequence, rtol=0, atol=1e-12)


def test_gradients_are_correct_and_zero_for_padding() -> None:
    cnn = random_cnn(channels=3)
    tokens, span_ids = token_batch([[2, 1, 3], [1, 2]], DIM, padding_value=0.5)
    tokens.requires_grad_()
    assert torch.autograd.gradcheck(lambda states: cnn(states, span_ids)[:2], tokens)
    cnn(tokens, span_ids).sequence.sum().backward()
    assert tokens.grad is not None
    assert not tokens.grad[span_ids < 0].any()
    assert all(parameter.grad is not None for parameter in cnn.parameters())


def test_bfloat16_results_are_close_and_repeatable_to_the_bit() -> None:
    cnn = random_cnn(channels=16).float()
    tokens, span_ids = token_batch([[2, 1, 3], [1, 2]], DIM, padding_value=0.5)
    tokens = tokens.float()
    exact = cnn(tokens, span_ids).sequence
    rounded, gradients = [], []
    for _ in range(2):
        cnn.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            rounded.append(cnn(tokens, span_ids).sequence)
        rounded[-1].float().square().sum().backward()
        gradients.append([parameter.grad.clone() for parameter in cnn.parameters() if parameter.grad is not None])
    assert rounded[0].dtype == torch.bfloat16
    # bfloat16 has 8 bits of precision: each step rounds by up to 0.4 %.
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
def test_invalid_sizes_are_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        HierarchicalCnn(DIM, **arguments)
    assert str(caught.value) == message


def test_the_exported_program_has_the_same_results() -> None:
    cnn = random_cnn().float()
    tokens, span_ids = token_batch([[2, 1, 3], [1, 2]], DIM)
    batch = tokens.float(), span_ids
    exported = torch.export.export(cnn, batch).module()
    torch.testing.assert_close(exported(*batch).sequence, cnn(*batch).sequence)
