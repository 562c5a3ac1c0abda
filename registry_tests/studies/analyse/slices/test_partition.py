"""Subsets of examples by their values: one for each word or number, or thirds of the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.studies.analyse.slices.partition import MOST_VALUES, subsets_of
from spanreg.studies.define.options.slice_expressions import read_slice

COLUMN = read_slice("column")


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["a", "b", "a"], ["column = a", "column = b"]),
        ([1, 2, 2, 1], ["column = 1", "column = 2"]),
        ([1.5, None, 1.5], ["column = 1.5", "column = none"]),
        ([*range(9)], ["column 0 to 2", "column 3 to 5", "column 6 to 8"]),
        ([0] * 20 + [1, 2, 3, 4, 5], ["column 0 to 0", "column 1 to 5"]),
        ([True, False], ["column = False", "column = True"]),
        ([*range(2001, 2010)], ["column 2001 to 2003", "column 2004 to 2006", "column 2007 to 2009"]),
        ([1234567, 1234568], ["column = 1234567", "column = 1234568"]),
        ([0.1 + 1e-9, 0.1], ["column = 0.1", "column = 0.100000001"]),
        ([index / 1e6 for index in range(6)], ["column 0 to 1e-06", "column 2e-06 to 3e-06", "column 4e-06 to 5e-06"]),
        ([-0.0, 0.0, float("inf")], ["column = 0", "column = inf"]),
    ],
)
def test_the_names_of_subsets(values: list[Any], names: list[str]) -> None:
    assert [name for name, _ in subsets_of(COLUMN, values)] == names


def test_the_rarest_words_are_joined() -> None:
    values = [f"w{index % 20}" for index in range(25)]
    found = subsets_of(COLUMN, values)
    assert len(found) == MOST_VALUES + 1
    assert found[-1][0] == "column = other"
    found = subsets_of(COLUMN, [*values, *["other"] * 9])
    assert [found[0][0], found[-1][0]] == ["column = other", "column = any other"]


@settings(max_examples=100)
@given(st.lists(st.one_of(st.none(), st.integers(-50, 50), st.floats(-5, 5)), min_size=1, max_size=40))
def test_each_example_is_in_exactly_one_subset(values: list[Any]) -> None:
    found = subsets_of(COLUMN, values)
    assert np.stack([chosen for _, chosen in found]).sum(0).tolist() == [1] * len(values)
    assert len({name for name, _ in found}) == len(found)
