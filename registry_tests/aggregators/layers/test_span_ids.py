"""Span ids: their validation, the mask and number of spans, and the maximum over each span."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.aggregators.layers.pooling import max_over_spans
from spanreg.aggregators.layers.span_ids import check_span_ids, span_count, span_mask


def is_valid(row: list[int], mask: list[int]) -> bool:
    """Return True if span ids are valid, by the documented rule."""
    numbers = [number for number in row if number >= 0]
    every_token = all((number >= 0) == bool(token) for number, token in zip(row, mask, strict=True))
    padded = all(number >= 0 or number == -1 for number in row)
    steps = all(after - before in (0, 1) for before, after in pairwise(numbers))
    positions = [position for position, number in enumerate(row) if number >= 0]
    contiguous = not positions or positions[-1] - positions[0] + 1 == len(positions)
    return every_token and padded and steps and contiguous and (not numbers or numbers[0] == 0)


@given(st.lists(st.tuples(st.integers(-2, 3), st.integers(0, 1)), min_size=1, max_size=6))
@settings(max_examples=300)
def test_the_check_equals_the_documented_rule(columns: list[tuple[int, int]]) -> None:
    row, mask = (list(column) for column in zip(*columns, strict=True))
    span_ids = torch.tensor([[0] * len(row), row])
    attention_mask = torch.tensor([[1] * len(row), mask])
    try:
        check_span_ids(span_ids, attention_mask)
        accepted = True
    except ValueError:
        accepted = False
    contiguous = "01" not in "".join(map(str, mask)).lstrip("0")
    if contiguous:  # attention masks have no gaps
        assert accepted == is_valid(row, mask)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.integers(0, 3), st.booleans())
@settings(max_examples=50)
def test_partitions_are_accepted(lengths: list[int], padding: int, left: bool) -> None:
    ids = [number for number, length in enumerate(lengths) for _ in range(length)]
    row = [-1] * padding + ids if left else ids + [-1] * padding
    check_span_ids(torch.tensor([row]), torch.tensor([[int(number >= 0) for number in row]]))


@pytest.mark.parametrize(
    "row", [[1, 2, 3], [0, 2, 3], [0, 1, 0], [0, 0, -1], [-1, 0, 1], [0, -2, 1]], ids=lambda row: str(row)
)
def test_the_error_names_the_invalid_row(row: list[int]) -> None:
    with pytest.raises(ValueError, match=r"do not partition the tokens of row 1: .*Count from 0 in steps of 0 or 1"):
        check_span_ids(torch.tensor([[0, 1, 2], row]), torch.ones(2, 3))


def test_every_segmentation_is_checked() -> None:
    span_ids = torch.tensor([[[0, 1, 2], [0, 0, 1]], [[0, 1, -1], [0, 0, -1]]])
    mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
    check_span_ids(span_ids, mask, layers=2)
    span_ids[1, 1, 1] = 2
    with pytest.raises(ValueError, match=r"tokens of row 1: \[\[0, 1, -1\], \[0, 2, -1\]\]"):
        check_span_ids(span_ids, mask, layers=2)
    with pytest.raises(ValueError, match=r"have shape \(2, 2, 3\), the tokens \(2, 3\) in 3 segmentations"):
        check_span_ids(span_ids, mask, layers=3)


def test_span_ids_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"span ids have shape \(1, 2\), the tokens \(1, 3\)"):
        check_span_ids(torch.tensor([[0, 1]]), torch.ones(1, 3))


def test_max_over_spans_is_the_positive_part_of_each_maximum() -> None:
    states = torch.tensor([[[1.0, -1.0], [3.0, -2.0], [2.0, 5.0], [99.0, 99.0]], [[-4.0, 1.0]] + [[9.0, 9.0]] * 3])
    span_ids = torch.tensor([[0, 0, 1, -1], [0, -1, -1, -1]])
    assert span_count(span_ids) == 2
    assert span_mask(span_ids, 2).tolist() == [[True, True], [True, False]]
    assert max_over_spans(states, span_ids, 2).tolist() == [[[3.0, 0.0], [2.0, 5.0]], [[0.0, 1.0], [0.0, 0.0]]]
