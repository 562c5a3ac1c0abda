"""Tokens joined to texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spanreg.text.joined import TokenOffsets, join_tokens


@given(st.lists(st.lists(st.text(min_size=1, max_size=4), max_size=5), max_size=4))
def test_offsets_recover_the_tokens(rows: list[list[str]]) -> None:
    texts, offsets = join_tokens(rows)
    assert [[text[start:end] for start, end in row] for text, row in zip(texts, offsets.rows(), strict=True)] == rows
    assert TokenOffsets.of(offsets.rows()).rows() == offsets.rows()
