"""Differences between two arms under resampled examples and seeds, and under swapped predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CELLS = 4_000_000
"Numbers that are held at a time."


def bootstrap_differences(
    first: Floats,
    second: Floats,
    value: Callable[[Floats], Floats],
    *,
    repetitions: int,
    generator: np.random.Generator,
) -> Floats:
    """Mean differences over seeds, when examples and seeds are drawn anew with replacement; shape: (repetitions,).

    Every repetition draws the examples once, for all seeds and both arms alike, since the arms were run on the same
    examples; and it draws seeds, whose two runs stay together.

    Args:
        first: what each example adds to the figure of one arm, shape: (seeds, examples, parts).
        second: the same of the other arm.
        value: the figure of sums, shape: (..., parts) to shape: (...).
        repetitions: how often.
        generator: where chance comes from.
    """
    seeds, examples, parts = first.shape
    stacked = np.concatenate([first, second]).transpose(1, 0, 2).reshape(examples, -1)
    found = []
    for size in _chunks(repetitions, examples):
        drawn = _counts(size, examples, generator)  # shape: (size, examples)
        scores = value((drawn @ stacked).reshape(size, 2, seeds, parts))  # shape: (size, 2, seeds)
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
    """Mean differences over seeds, when the arms' predictions are swapped by chance, shape: (repetitions,).

    An example's predictions are swapped for all seeds together: what one model gets wrong, another one of the same arm
    tends to get wrong, too, so they are no independent pieces of evidence.

    The arguments are those of ``bootstrap_differences``.
    """
    seeds, examples, parts = first.shape
    change = (second - first).transpose(1, 0, 2).reshape(examples, -1)
    totals = first.sum(1).reshape(-1), second.sum(1).reshape(-1)
    found = []
    for size in _chunks(repetitions, examples):
        swapped = generator.integers(2, size=(size, examples)).astype(np.float64)
        moved = swapped @ change  # shape: (size, seeds * parts)
        scores = [value(sums.reshape(size, seeds, parts)) for sums in (totals[0] + moved, totals[1] - moved)]
        found.append((scores[0] - scores[1]).mean(1))
    return np.concatenate(found)


def _counts(size: int, examples: int, generator: np.random.Generator) -> Floats:
    """How often each example is drawn, shape: (size, examples)."""
    drawn = generator.integers(examples, size=(size, examples)) + np.arange(size)[:, None] * examples
    counts = np.bincount(drawn.ravel(), minlength=size * examples)
    return counts.reshape(size, examples).astype(np.float64)


def _chunks(repetitions: int, examples: int) -> Iterator[int]:
    most = max(1, _CELLS // examples)
    for start in range(0, repetitions, most):
        yield min(most, repetitions - start)
