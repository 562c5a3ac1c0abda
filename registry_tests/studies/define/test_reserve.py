"""The division of a split into examples for choosing settings and examples for reporting scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.studies.define.reserve import rows_of


@given(indices=st.lists(st.integers(0, 10**9), unique=True), reserve=st.floats(0, 0.9))
def test_each_example_is_in_one_of_the_two_parts(indices: list[int], reserve: float) -> None:
    examples = np.array(indices, dtype=np.int64)
    choose, report, everything = (rows_of(examples, reserve, part) for part in ("choose", "report", "all"))
    assert (choose ^ report).all()
    assert everything.all()


def test_the_part_of_an_example_depends_on_its_index_alone() -> None:
    indices = np.arange(500)
    whole = rows_of(indices, 0.3, "choose")
    shuffled = np.random.default_rng(0).permutation(500)[:100]
    assert (rows_of(indices[shuffled], 0.3, "choose") == whole[shuffled]).all()


def test_a_larger_reserve_contains_a_smaller_one() -> None:
    indices = np.arange(500)
    smaller, larger = (rows_of(indices, share, "choose") for share in (0.2, 0.6))
    assert (larger | ~smaller).all()


def test_the_reserve_has_about_its_share_of_the_examples() -> None:
    # Three standard deviations of a share of 0.3 among 20,000 examples are 0.0097.
    assert rows_of(np.arange(20_000), 0.3, "choose").mean() == pytest.approx(0.3, abs=0.01)
    assert not rows_of(np.arange(100), 0.0, "choose").any()
