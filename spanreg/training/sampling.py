"""The order of the training examples: a function of the seed and the epoch, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import get_length_grouped_indices


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
