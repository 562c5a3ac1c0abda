"""The division of a split into examples for choosing and examples for telling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.studies.define.reserve import rows_of


@given(indices=st.lists(st.integers(0, 10**9), unique=True), reserve=st.floats(0, 0.9))
def test_the_parts_divide_the_examples(indices: list[int], reserve: float) -> None:
    given = np.array(indices, dtype=np.int64)
    choose, report, everything = (rows_of(given, reserve, part) for part in ("choose", "report", "all"))
    assert (choose ^ report).all()
    assert everything.all()


def test_a_place_depends_on_the_index_alone() -> None:
    indices = np.arange(500)
    whole = rows_of(indices, 0.3, "choose")
    shuffled = np.random.default_rng(0).permutation(500)[:100]
    assert (rows_of(indices[shuffled], 0.3, "choose") == whole[shuffled]).all()


def test_a_larger_share_only_adds() -> None:
    indices = np.arange(500)
    less, more = (rows_of(indices, share, "choose") for share in (0.2, 0.6))
    assert (more | ~less).all()


def test_the_share_is_kept() -> None:
    assert rows_of(np.arange(20_000), 0.3, "choose").mean() == pytest.approx(0.3, abs=0.01)
    assert not rows_of(np.arange(100), 0.0, "choose").any()
