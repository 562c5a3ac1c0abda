"""The order of the training examples, which depends only on seed and epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import get_length_grouped_indices

STRETCH: Final = 1.1
"Largest random factor of a length in ``TokenBatches``: a larger one mixes more, and pads more."


class EpochSampler(Sampler[int]):
    """Shuffles the examples in every epoch, with similar lengths together if ``grouped``.

    The order does not use the global random state. So two arms of a study have the same order even if one draws more
    random numbers or evaluates more often, and the order of an epoch does not need those before.

    ``EpochSampler(lengths, batch_size=32, seed=13)``

    Parameters:
        lengths: number of tokens of every example.
        batch_size: examples in an optimizer step; the groups of similar length are multiples of it.
        seed: random seed.
        grouped: whether to put similar lengths together; default: yes.
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
        # A sum of seed and epoch would give epoch 1 of one seed and epoch 0 of the next the same order.
        mixed = int(np.random.SeedSequence([self.seed, self.epoch]).generate_state(1, np.uint64)[0])
        generator = torch.Generator().manual_seed(mixed)
        if self.grouped:
            indices = get_length_grouped_indices(self.lengths, self.batch_size, generator=generator)  # type: ignore[no-untyped-call]
            return iter(indices)
        return iter(torch.randperm(len(self.lengths), generator=generator).tolist())

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch


class TokenBatches(Sampler[list[int]]):
    """Makes batches of similar length that fill a budget of tokens, different in every epoch.

    Every length is multiplied by a random factor from 1 to ``STRETCH``. The examples, sorted by the result, are cut
    into batches of fixed sizes, and the batches are shuffled. The batch with the longest comes first, so that memory
    runs out early if it does. The sizes fit if all factors were ``STRETCH``, so that no epoch exceeds the budget, and
    all epochs have the same number of batches. All batches have nearly the same number of tokens, so that none is a
    small remainder. As with ``EpochSampler``, the order depends only on seed and epoch.

    ``TokenBatches(lengths, budget=4096, seed=13)``

    Parameters:
        lengths: number of tokens of every example.
        budget: largest number of tokens in a batch, padding included; a longer example is a batch of its own.
        seed: random seed.
    """

    def __init__(self, lengths: Sequence[int], budget: int, seed: int) -> None:
        self.lengths = np.asarray(lengths, dtype=np.float64)  # shape: (examples,)
        self.starts = _starts(np.floor(STRETCH * np.sort(self.lengths)[::-1]), budget)
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng([self.seed, self.epoch])
        # Longest first, and stable, so that equal lengths are in the same order on every machine.
        order = np.argsort(-self.lengths * random.uniform(1, STRETCH, self.lengths.size), kind="stable")
        batches = np.split(order, self.starts[1:])
        yield batches[0].tolist()  # the longest examples
        for batch in random.permutation(np.arange(1, len(batches))):
            yield batches[batch].tolist()

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch


def _starts(lengths: NDArray[np.float64], budget: int) -> list[int]:
    """Return where batches start: the fewest that fit into the budget, with nearly the same number of tokens in each.

    If batches were filled one after the other, the last would be a small remainder of the shortest examples. The loss
    of a batch is a mean, so each of these would have many times the weight of others.

    Args:
        lengths: lengths in descending order.
        budget: largest number of tokens in a batch, padding included.
    """
    count = lengths.size
    # Largest size of a batch that starts at each place: its first example is the longest, and the others are padded.
    sizes = np.maximum(1, budget // lengths).astype(np.int64).tolist()
    needed = [0] * (count + 1)  # fewest batches from each place to the end; does not increase
    for place in range(count - 1, -1, -1):
        needed[place] = 1 + needed[min(place + sizes[place], count)]
    # For each batch but the first: the number of batches from it to the end, itself included.
    remaining = np.arange(needed[0] - 1, 0, -1)  # shape: (batches - 1,)
    # A batch that started earlier than this would leave more examples than the remaining batches can take.
    earliest = np.searchsorted(-np.array(needed), -remaining).tolist()
    # Where it would start if all batches had the same number of tokens.
    middles = np.cumsum(lengths) - lengths / 2  # shape: (examples,)
    even = np.searchsorted(middles, lengths.sum() * (1 - remaining / needed[0])).tolist()
    starts = [0]
    for place, first, left in zip(even, earliest, remaining.tolist(), strict=True):
        # The batch before must fit into the budget, and each batch from here on needs an example.
        last = min(starts[-1] + sizes[starts[-1]], count - left)
        starts.append(min(max(place, first, starts[-1] + 1), last))
    return starts
