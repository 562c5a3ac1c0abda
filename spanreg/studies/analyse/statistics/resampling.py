"""Resample differences between two arms: bootstrap of examples and seeds, and randomisation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CELLS = 4_000_000
"Largest number of floats of one batch of resamples: 32 MB, whatever the number of examples."


def bootstrap_differences(
    first: Floats,
    second: Floats,
    value: Callable[[Floats], Floats],
    *,
    repetitions: int,
    generator: np.random.Generator,
) -> Floats:
    """Return mean differences over seeds for examples and seeds drawn with replacement, shape: (repetitions,).

    Every repetition draws one sample of examples for all seeds and both arms, since both were scored on the same
    examples; and one sample of seeds, whose two runs stay paired.

    Args:
        first: what each example adds to the sums of one arm, shape: (seeds, examples, parts).
        second: what each example adds to the sums of the other arm, same shape.
        value: the score as a function of sums, shape: (..., parts) to shape: (...).
        repetitions: number of resamples.
        generator: the source of randomness.
    """
    seeds, examples, parts = first.shape
    # shape: (examples, 2 * seeds * parts)
    stacked = np.concatenate([first, second]).transpose(1, 0, 2).reshape(examples, -1)
    found = []
    # Scores of resampled sums are one matrix product: draw counts times the parts of all examples.
    for size in _chunks(repetitions, examples):
        drawn = _counts(size, examples, generator)  # shape: (size, examples)
        scores = value((drawn @ stacked).reshape(size, 2, seeds, parts))  # shape: (size, 2, seeds)
        # Seeds are drawn for both arms together: runs of one seed share initial weights and the order of batches.
        chosen = generator.integers(seeds, size=(size, seeds))
        found.append(np.take_along_axis(scores[:, 0] - scores[:, 1], chosen, 1).mean(1))
    return np.concatenate(found)


def randomised_differences(
    first: Floats,
    second: Floats,
    value: Callable[[Floats], Floats],
    *,
    repetitions: int,
    generator: np.random.Generator,
) -> Floats:
    """Return mean differences over seeds for predictions swapped at random between the arms, shape: (repetitions,).

    An example's predictions are swapped for all seeds together: models of one arm tend to make the same mistakes, so
    their predictions are not independent evidence.

    Args:
        first: as in ``bootstrap_differences``.
        second: as in ``bootstrap_differences``.
        value: as in ``bootstrap_differences``.
        repetitions: number of random swaps.
        generator: the source of randomness.
    """
    seeds, examples, parts = first.shape
    change = (second - first).transpose(1, 0, 2).reshape(examples, -1)  # shape: (examples, seeds * parts)
    totals = first.sum(1).reshape(-1), second.sum(1).reshape(-1)  # each of shape: (seeds * parts,)
    found = []
    for size in _chunks(repetitions, examples):
        swapped = generator.integers(2, size=(size, examples)).astype(np.float64)
        moved = swapped @ change  # shape: (size, seeds * parts)
        scores = [value(sums.reshape(size, seeds, parts)) for sums in (totals[0] + moved, totals[1] - moved)]
        found.append((scores[0] - scores[1]).mean(1))
    return np.concatenate(found)


def _counts(size: int, examples: int, generator: np.random.Generator) -> Floats:
    """Return how often each example is drawn, shape: (size, examples)."""
    # One bincount for all resamples, each of which has its own range of numbers: a loop over 10,000 would be slow.
    drawn = generator.integers(examples, size=(size, examples)) + np.arange(size)[:, None] * examples
    counts = np.bincount(drawn.ravel(), minlength=size * examples)
    return counts.reshape(size, examples).astype(np.float64)


def _chunks(repetitions: int, examples: int) -> Iterator[int]:
    """Yield the sizes of batches of resamples that fit in memory."""
    most = max(1, _CELLS // examples)
    for start in range(0, repetitions, most):
        yield min(most, repetitions - start)
