"""The order of the training examples: a function of the seed and the epoch, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import get_length_grouped_indices

STRETCH: Final = 1.1
"How far lengths are mixed in batches that fill a budget: the more, the more padding."


class EpochSampler(Sampler[int]):
    """Shuffles the examples anew in every epoch, neighbours of similar length where asked for.

    The global random state plays no part. So two arms of a study see the same order, whether or not one of them draws
    more random numbers for dropout or evaluates in between, and any epoch's order can be had without those before.

    Parameters:
        lengths: tokens of every example.
        batch_size: examples an optimiser step; the groups of similar length are multiples of it.
        seed: decides the order.
        grouped: whether neighbours are to have similar lengths; default: yes.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int, *, grouped: bool = True) -> None:
        self.lengths = lengths
        self.batch_size = batch_size
        self.seed = seed
        self.grouped = grouped
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        mixed = int(np.random.SeedSequence([self.seed, self.epoch]).generate_state(1, np.uint64)[0])
        generator = torch.Generator().manual_seed(mixed)
        if self.grouped:
            indices = get_length_grouped_indices(self.lengths, self.batch_size, generator=generator)  # type: ignore[no-untyped-call]
            return iter(indices)
        return iter(torch.randperm(len(self.lengths), generator=generator).tolist())

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch


class TokenBatches(Sampler[list[int]]):
    """Batches of similar length that fill a budget of tokens, cut and put in order anew in every epoch.

    Every example's length is stretched by a random factor from 1 to ``STRETCH``; the examples in the order of these go
    into batches of fixed sizes, and the batches are shuffled, but for that of the longest, which comes first, so that
    memory runs out early if it does. The sizes are those that fit if all were stretched by ``STRETCH``: so no draw
    exceeds the budget, and every epoch has as many batches, whatever the draw. All batches have nearly as many tokens,
    so none is a small remainder. As with ``EpochSampler``, the order is a function of seed and epoch alone.

    Parameters:
        lengths: tokens of every example.
        budget: most tokens of a batch, padding included; a longer example is a batch of its own.
        seed: decides the batches and their order.
    """

    def __init__(self, lengths: Sequence[int], budget: int, seed: int) -> None:
        self.lengths = np.asarray(lengths, dtype=np.float64)
        self.starts = _starts(np.floor(STRETCH * np.sort(self.lengths)[::-1]), budget)
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng([self.seed, self.epoch])
        order = np.argsort(-self.lengths * random.uniform(1, STRETCH, self.lengths.size), kind="stable")
        batches = np.split(order, self.starts[1:])
        yield batches[0].tolist()
        for batch in random.permutation(np.arange(1, len(batches))):
            yield batches[batch].tolist()

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch


def _starts(lengths: NDArray[np.float64], budget: int) -> list[int]:
    """Return the places where batches begin: as few batches as fit into the budget, with nearly as many tokens in each.

    Filling one batch after the other would leave the last one whatever remains, in every epoch the shortest examples.
    As the loss of a batch is a mean, each example of a small remainder would weigh many times what others weigh.

    Args:
        lengths: in descending order.
        budget: most tokens of a batch, padding included.
    """
    count = lengths.size
    sizes = np.maximum(1, budget // lengths).astype(np.int64).tolist()  # most examples of a batch from each place on
    needed = [0] * (count + 1)  # batches from each place to the end, never more than from the place before
    for place in range(count - 1, -1, -1):
        needed[place] = 1 + needed[min(place + sizes[place], count)]
    lefts = np.arange(needed[0] - 1, 0, -1)  # batches after each place where one begins, but for the first
    earliest = np.searchsorted(-np.array(needed), -lefts).tolist()
    middles = np.cumsum(lengths) - lengths / 2
    even = np.searchsorted(middles, lengths.sum() * (1 - lefts / needed[0])).tolist()
    starts = [0]
    for place, first, left in zip(even, earliest, lefts.tolist(), strict=True):
        last = min(starts[-1] + sizes[starts[-1]], count - left)
        starts.append(min(max(place, first, starts[-1] + 1), last))
    return starts
