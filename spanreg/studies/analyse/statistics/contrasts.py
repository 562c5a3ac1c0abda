"""Test a weighted sum of arms by the decisive test.

A sum is the difference of two arms, an interaction of four, or a coefficient of a regression over many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.studies.analyse.statistics.two_way import (
    TwoWayTest,
    always_valid_test,
    resampled_test,
    seeds_test,
    two_way_test,
)

Floats = NDArray[np.float64]

_ROUNDING = 1e-12
"Largest difference that counts as a rounding error, in units of the largest score."

Basis = Literal["seeds and examples", "seeds", "folds"]
"What a test counts as samples."


@dataclass(frozen=True, slots=True)
class FoldScores:
    """Scores of an arm on the folds of a cross-validation.

    ``FoldScores(np.array([[0.81, 0.80, 0.82]]), ratio=0.5)``
    """

    scores: Floats
    "Score of each fold's run, shape: (seeds, folds)."
    ratio: float
    "Number of scored examples of a fold, divided by the number of its training examples."


@dataclass(frozen=True, slots=True)
class ArmTable:
    """An arm's scores by seed, and the contributions of examples to them, computed once for any number of tests.

    ``ArmTable((1, 2, 3), np.array([0.81, 0.80, 0.82]), None)``
    """

    seeds: tuple[int, ...]
    scores: Floats
    "Score of each run, shape: (seeds,)."
    contributions: Floats | None
    "Contribution of each example to each score, shape: (seeds, examples); None if it is not known."
    grouped: bool = False
    "Whether the contributions are those of groups of examples."
    folds: FoldScores | None = None
    "Scores on the folds; None without a cross-validation."
    sequential: bool = False
    "Whether seeds are added until a result is clear, so that tests must hold at any number of seeds."


class ContrastTest(NamedTuple):
    """The decisive test of a weighted sum of arms.

    ``contrast_test([arm, baseline], [1, -1]).test``
    """

    test: TwoWayTest | None
    "None for fewer than three common seeds, or folds."
    basis: Basis
    seeds: tuple[int, ...]
    "The seeds of all arms."
    differences: Floats
    "The weighted sum by seed, shape: (seeds,)."


def contrast_test(arms: Sequence[ArmTable], weights: Sequence[float]) -> ContrastTest:
    """Test whether a weighted sum of arms is 0, on the seeds that all of them have.

    The samples are the folds of a cross-validation if all arms have them; otherwise seeds and examples, or the seeds
    alone if the contributions of examples are not known.

    Args:
        arms: the arms, scored on the same examples.
        weights: the weight of each arm; their sum is 0.
    """
    seeds, rows = _common_seeds(arms)
    differences = _weighted([arm.scores[chosen] for arm, chosen in zip(arms, rows, strict=True)], weights)
    if not seeds:
        return ContrastTest(None, "seeds", seeds, differences)
    test, basis = _fixed_test(arms, weights, rows, differences)
    if test is not None and any(arm.sequential for arm in arms):
        test = always_valid_test(test)
    return ContrastTest(test, basis, seeds, differences)


def _fixed_test(
    arms: Sequence[ArmTable], weights: Sequence[float], rows: Sequence[Sequence[int]], differences: Floats
) -> tuple[TwoWayTest | None, Basis]:
    """Return the test for a number of seeds that does not depend on the results, and what it counts as samples."""
    folds = [arm.folds for arm in arms if arm.folds is not None]
    if len(folds) == len(arms):
        # Seeds share the division into folds, so a fold's mean over the seeds is one measurement.
        by_fold = [one.scores[chosen].mean(0) for one, chosen in zip(folds, rows, strict=True)]
        # Arms may train on different shares of the data; the largest ratio gives the widest interval.
        return resampled_test(_weighted(by_fold, weights), max(one.ratio for one in folds)), "folds"
    tables = _contributions(arms, rows)
    if tables is None:
        return seeds_test(differences), "seeds"
    # The largest effect that one example has on a score, for arms without any differing example.
    unit = max(float(np.ptp(table, axis=1).max()) for table in tables)
    # If all examples have one score, such as all right, that score is what an example adds.
    unit = unit or max(float(np.abs(table).max()) for table in tables)
    return two_way_test(_weighted(tables, weights), unit), "seeds and examples"


def differences_of(arms: Sequence[ArmTable], weights: Sequence[float]) -> Floats:
    """Return a weighted sum of arms on their common seeds: by example, or by seed alone if examples are not known.

    Args:
        arms: the arms, scored on the same examples.
        weights: the weight of each arm.

    Returns:
        The sums, shape: (seeds, examples) or (seeds,).
    """
    _, rows = _common_seeds(arms)
    tables = _contributions(arms, rows)
    if tables is None:
        tables = [arm.scores[chosen] for arm, chosen in zip(arms, rows, strict=True)]
    return _weighted(tables, weights)


def _common_seeds(arms: Sequence[ArmTable]) -> tuple[tuple[int, ...], list[list[int]]]:
    """Return the seeds that all arms have, and their positions in each arm."""
    seeds = tuple(seed for seed in arms[0].seeds if all(seed in arm.seeds for arm in arms[1:]))
    return seeds, [[arm.seeds.index(seed) for seed in seeds] for arm in arms]


def _contributions(arms: Sequence[ArmTable], rows: Sequence[Sequence[int]]) -> list[Floats] | None:
    """Return each arm's contributions of examples in some rows; None if they cannot be combined."""
    tables = [
        arm.contributions[chosen] for arm, chosen in zip(arms, rows, strict=True) if arm.contributions is not None
    ]
    # Contributions of examples cannot be combined with those of groups, nor with none.
    return tables if len(tables) == len(arms) and len({arm.grouped for arm in arms}) == 1 else None


def _weighted(values: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return the weighted sum of arrays of one shape, with exact zeros where it is a rounding error."""
    total = weights[0] * values[0]
    for weight, value in zip(weights[1:], values[1:], strict=True):
        total = total + weight * value
    # Equal arms must cancel exactly: a rest of rounding errors has no variance either, and would be significant.
    largest = max(float(np.abs(value).max(initial=0.0)) for value in values)
    return np.where(np.abs(total) <= _ROUNDING * largest, 0.0, np.asarray(total, np.float64))
