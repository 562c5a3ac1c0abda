"""Samplers: every example once in an epoch, in an order that depends only on seed and epoch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spanreg.training.data.sampling import EpochSampler, TokenBatches


@given(
    st.lists(st.integers(1, 512), min_size=1, max_size=200), st.integers(1, 40), st.integers(0, 2**40), st.booleans()
)
def test_every_example_occurs_once_in_an_epoch(lengths: list[int], batch_size: int, seed: int, grouped: bool) -> None:
    sampler = EpochSampler(lengths, batch_size, seed, grouped=grouped)
    assert sorted(sampler) == list(range(len(lengths)))
    assert len(sampler) == len(lengths)


def test_the_order_is_independent_of_the_global_random_state() -> None:
    sampler = EpochSampler(list(range(100)), 8, seed=1)
    torch.manual_seed(0)
    first, state = list(sampler), torch.get_rng_state()
    torch.manual_seed(1)
    assert list(sampler) == first
    torch.manual_seed(0)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_order_differs_between_seeds_and_epochs() -> None:
    orders = []
    for seed in range(3):
        sampler = EpochSampler([1] * 100, 8, seed)
        for epoch in range(3):
            sampler.set_epoch(epoch)
            orders.append(tuple(sampler))
    assert len(set(orders)) == 9


def test_the_order_of_an_epoch_does_not_depend_on_earlier_epochs() -> None:
    sequential, direct = (EpochSampler(list(range(50)), 4, seed=5) for _ in range(2))
    for epoch in range(4):
        sequential.set_epoch(epoch)
        order = list(sequential)
    direct.set_epoch(3)
    assert list(direct) == order


def test_grouping_by_length_reduces_padding() -> None:
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(5, 100, (2000,), generator=generator).tolist()

    def padded_tokens(sampler: EpochSampler) -> int:
        """Return the number of tokens of all batches, padding included."""
        order = list(sampler)
        batches = [order[start : start + 16] for start in range(0, len(order), 16)]
        return sum(max(lengths[index] for index in batch) * len(batch) for batch in batches)

    grouped, shuffled = (padded_tokens(EpochSampler(lengths, 16, 0, grouped=grouped)) for grouped in (True, False))
    assert grouped < 1.1 * sum(lengths) < shuffled  # sum(lengths) tokens without padding


LENGTHS = st.lists(st.integers(1, 512), min_size=1, max_size=200)


@given(LENGTHS, st.integers(1, 2000), st.integers(0, 2**40), st.integers(0, 5))
def test_token_batches_partition_the_examples_within_the_budget(
    lengths: list[int], budget: int, seed: int, epoch: int
) -> None:
    sampler = TokenBatches(lengths, budget, seed)
    sampler.set_epoch(epoch)
    batches = list(sampler)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert len(batches) == len(sampler)
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= budget


def test_token_batches_depend_only_on_seed_and_epoch() -> None:
    lengths = list(range(1, 101))
    orders = []
    for seed in range(3):
        sequential, direct = TokenBatches(lengths, 300, seed), TokenBatches(lengths, 300, seed)
        for epoch in range(3):
            sequential.set_epoch(epoch)
            torch.manual_seed(epoch)
            orders.append(list(sequential))
        direct.set_epoch(2)
        assert list(direct) == orders[-1]
    assert len({str(order) for order in orders}) == 9


def test_token_batches_mix_neighbouring_lengths_with_little_padding() -> None:
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(5, 100, (2000,), generator=generator).tolist()
    sampler = TokenBatches(lengths, 2000, seed=0)
    batches = list(sampler)
    padded_tokens = sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)
    assert padded_tokens < 1.08 * sum(lengths)
    assert sum(lengths) > 0.85 * 2000 * len(batches)  # the batches fill most of the budget
    assert sum(len({lengths[index] for index in batch}) > 2 for batch in batches) > 0.8 * len(batches)


def test_the_longest_batch_is_first_and_the_others_are_shuffled() -> None:
    lengths = list(range(1, 201))
    longest = [max(lengths[index] for index in batch) for batch in TokenBatches(lengths, 400, seed=1)]
    assert longest[0] >= 190
    assert longest[1:] != sorted(longest[1:], reverse=True)


@pytest.mark.parametrize("count", [20, 21, 101, 2001])
@pytest.mark.parametrize("kind", ["equal", "spread", "skewed"])
def test_no_token_batch_is_a_small_remainder(kind: str, count: int) -> None:
    """Each example of a batch has the weight 1 / size in the mean loss, so that a small batch would count too much."""
    generator = np.random.default_rng(0)
    lengths = {
        "equal": np.full(count, 20),
        "spread": generator.integers(5, 40, count),
        "skewed": (5 + generator.exponential(12, count)).astype(int),
    }[kind].tolist()
    for budget in (220, 230, 256, 300):
        batches = list(TokenBatches(lengths, budget, seed=0))
        tokens = [sum(lengths[index] for index in batch) for batch in batches]
        assert min(tokens) > 0.6 * sum(tokens) / len(tokens)
        shortest = next(batch for batch in batches if lengths.index(min(lengths)) in batch)
        assert count / len(batches) / len(shortest) < 1.5  # average size of a batch, relative to that of this one
