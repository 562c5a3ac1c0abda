"""Factorial regression: the coefficients of statsmodels, and designs with missing cells."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.formula.api import ols

from spanreg.studies.analyse.statistics.factorial import factorial_terms

LEVELS = {"a": ["a0", "a1", "a2"], "b": ["b0", "b1"], "c": ["c0", "c1"]}
REFERENCE = {"a": "a0", "b": "b0", "c": "c0"}
GRID = [dict(zip(LEVELS, values, strict=True)) for values in product(*LEVELS.values())]


def test_the_terms_of_a_grid_equal_the_coefficients_of_statsmodels() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(size=len(GRID))
    fitted = ols("y ~ C(a) * C(b) * C(c)", pd.DataFrame(GRID).assign(y=values)).fit().params
    terms = factorial_terms(GRID, REFERENCE)
    # Above the reference, the factors have 2, 1 and 1 levels: 2 + 1 + 1 main effects, 2 + 2 + 1 pairs, 2 triples.
    assert [term.order for term in terms] == [1] * 4 + [2] * 5 + [3] * 2
    for term in terms:
        name = ":".join(f"C({factor})[T.{level}]" for factor, level in term.levels.items())
        assert term.weights @ values == pytest.approx(fitted[name])


def test_terms_with_several_rows_per_cell_equal_least_squares() -> None:
    generator = np.random.default_rng(1)
    cells = [GRID[place] for place in generator.integers(len(GRID), size=80)] + GRID
    values = generator.normal(size=len(cells))
    fitted = ols("y ~ C(a) * C(b) * C(c)", pd.DataFrame(cells).assign(y=values)).fit().params
    for term in factorial_terms(cells, REFERENCE):
        name = ":".join(f"C({factor})[T.{level}]" for factor, level in term.levels.items())
        assert term.weights @ values == pytest.approx(fitted[name])


def test_an_interaction_of_two_factors_is_a_difference_of_differences() -> None:
    cells = [{"a": a, "b": b} for a, b in product("01", "01")]
    interaction = factorial_terms(cells, {"a": "0", "b": "0"})[-1]
    assert interaction.weights == pytest.approx(np.array([1, -1, -1, 1]))


def test_terms_that_the_cells_do_not_determine_are_omitted() -> None:
    # Without the cells in which all three factors differ from the reference.
    few = [cell for cell in GRID if sum(cell[key] != REFERENCE[key] for key in cell) <= 2]
    assert {term.order for term in factorial_terms(few, REFERENCE)} == {1, 2}
    incomplete = [cell for cell in few if cell != {"a": "a1", "b": "b1", "c": "c0"}]
    names = [dict(term.levels) for term in factorial_terms(incomplete, REFERENCE)]
    assert {"a": "a1", "b": "b1"} not in names
    assert {"a": "a2", "b": "b1"} in names


@settings(max_examples=60)
@given(st.sets(st.integers(0, len(GRID) - 1), min_size=2), st.integers(0, 99))
def test_terms_recover_the_coefficients_of_an_exact_model(chosen: set[int], seed: int) -> None:
    """Cells that follow a model exactly determine its coefficients, whichever cells are missing."""
    cells = [GRID[place] for place in sorted(chosen)]
    generator = np.random.default_rng(seed)
    truth: dict[tuple[tuple[str, str], ...], float] = {}

    def value(cell: dict[str, str]) -> float:
        active = [(factor, level) for factor, level in cell.items() if level != REFERENCE[factor]]
        # The value of a cell is the sum of the coefficients of all subsets of its active levels.
        subsets = [
            [level for level, used in zip(active, mask, strict=True) if used]
            for mask in product([0, 1], repeat=len(active))
        ]
        return sum(truth.setdefault(tuple(subset), float(generator.normal())) for subset in subsets)

    values = np.array([value(cell) for cell in cells])
    for term in factorial_terms(cells, REFERENCE):
        assert term.weights @ values == pytest.approx(truth[tuple(term.levels.items())], abs=1e-6)
        assert term.weights.sum() == pytest.approx(0, abs=1e-8)
