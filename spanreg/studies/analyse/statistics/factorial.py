"""Coefficients of a factorial regression as weighted sums of its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_CELLS = 128
"Largest number of cells for terms of every order; larger designs have main effects and pairs only."
# A full design has as many terms as cells, each with a test, and interactions of many axes are hard to read.

_TOLERANCE = 1e-8
"Largest distance of a row of the resolution matrix from a unit vector that counts as rounding."
_DIGITS = 12
"Decimal places of the weights."


@dataclass(frozen=True, slots=True)
class FactorialTerm:
    """A main effect or an interaction.

    ``factorial_terms([{"a": "0"}, {"a": "1"}], {"a": "0"})[0].levels`` is ``{"a": "1"}``.
    """

    levels: Mapping[str, str]
    "Level of each of its factors; none is a reference level."
    weights: Floats
    "Weight of each cell in the coefficient, shape: (cells,); the sum is 0."

    @property
    def order(self) -> int:
        """Number of factors: 1 for a main effect."""
        return len(self.levels)


def factorial_terms(cells: Sequence[Mapping[str, str]], reference: Mapping[str, str]) -> list[FactorialTerm]:
    """Return all terms that the cells determine, main effects first.

    The coding is by treatment: a main effect is the difference of a level from the reference level where all other
    factors have theirs; an interaction is what a combination has beyond the sum of all its parts. Coefficients are
    those of least squares; where a cell is missing, the terms that need it are left out.

    Args:
        cells: level of every factor in each cell.
        reference: the reference level of every factor.
    """
    candidates = list(_candidates(cells, reference))
    columns = [np.ones(len(cells)), *(_column(levels, cells) for levels in candidates)]
    design = np.stack(columns, axis=1)  # shape: (cells, 1 + terms)
    # The pseudo-inverse gives the least-squares solution of least norm also where cells are missing. Rounded, since the
    # weights of most designs are whole numbers, which it misses by the last bits.
    inverse = np.round(np.linalg.pinv(design), _DIGITS)
    # A coefficient is determined by the cells if its unit vector is in the row space of the design; otherwise its
    # estimate mixes several coefficients.
    resolution = inverse @ design  # shape: (1 + terms, 1 + terms)
    units = np.eye(len(columns))
    return [
        FactorialTerm(levels, inverse[place])
        for place, levels in enumerate(candidates, 1)
        if np.abs(resolution[place] - units[place]).max() < _TOLERANCE
    ]


def _candidates(cells: Sequence[Mapping[str, str]], reference: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the combinations of levels that some cell has, by order."""
    factors = list(reference)
    most = len(factors) if len(cells) <= MOST_CELLS else 2
    levels = {
        factor: [level for level in dict.fromkeys(cell[factor] for cell in cells) if level != reference[factor]]
        for factor in factors
    }
    for order in range(1, most + 1):
        for chosen in combinations(factors, order):
            present = {tuple(cell[factor] for factor in chosen) for cell in cells}
            for combination in product(*(levels[factor] for factor in chosen)):
                if combination in present:
                    yield dict(zip(chosen, combination, strict=True))


def _column(levels: Mapping[str, str], cells: Sequence[Mapping[str, str]]) -> Floats:
    """Return 1 for the cells with all these levels, otherwise 0."""
    return np.array([all(cell[factor] == level for factor, level in levels.items()) for cell in cells], np.float64)
