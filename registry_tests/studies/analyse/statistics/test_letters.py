"""Compact letter displays: their definition, worked examples, and scikit-posthocs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.studies.analyse.statistics.letters import compact_letters


def differing(size: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Return the symmetric matrix of which arms differ."""
    differs = np.zeros((size, size), dtype=bool)
    for first, second in pairs:
        differs[first, second] = differs[second, first] = True
    return differs


@pytest.mark.parametrize(
    ("pairs", "letters"),
    [
        ([], ["a", "a", "a", "a"]),
        ([(0, 3)], ["a", "ab", "ab", "b"]),
        ([(0, 2), (0, 3), (1, 3)], ["a", "ab", "bc", "c"]),
        ([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], ["a", "b", "c", "d"]),
    ],
)
def test_letters_equal_worked_examples_and_scikit_posthocs(pairs: list[tuple[int, int]], letters: list[str]) -> None:
    differs = differing(4, pairs)
    assert compact_letters(differs, range(4)) == letters
    names = list("wxyz")
    # As p-values: 0.001 where arms differ, else 1.
    table = pd.DataFrame(np.where(differs, 0.001, 1.0), index=names, columns=names)
    theirs = scikit_posthocs.compact_letter_display(table, alpha=0.05)
    assert [theirs[name].replace(" ", "") for name in names] == letters


@settings(max_examples=100)
@given(st.data())
def test_arms_share_a_letter_exactly_if_they_do_not_differ(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 7))
    pairs = data.draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=12))
    differs = differing(size, [(first, second) for first, second in pairs if first != second])
    order = data.draw(st.permutations(range(size)))
    letters = compact_letters(differs, order)
    for first in range(size):
        for second in range(size):
            shared = bool(set(letters[first]) & set(letters[second]))
            assert shared == (not differs[first, second])
    assert "a" in letters[order[0]]
