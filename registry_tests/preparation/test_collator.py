"""``SpanCollator``: equality with padding by hand, and refused span ids."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from spanreg.preparation import SpanCollator

STEPS = st.lists(st.integers(0, 1), min_size=0, max_size=12)


def example(spans: list[int], **more: Any) -> dict[str, Any]:
    """Return an example with the given span ids."""
    return {"input_ids": [7 + index for index in range(len(spans))], "span_ids": spans, **more}


def span_ids_of(steps: list[int]) -> list[int]:
    """Return span ids from 0 by their steps."""
    spans = [0]
    for step in steps:
        spans.append(spans[-1] + step)
    return spans


@settings(max_examples=50)
@given(st.lists(STEPS, min_size=1, max_size=6), st.sampled_from([None, 1, 8]), st.sampled_from(["left", "right"]))
def test_equals_padding_by_hand(
    bert: PreTrainedTokenizerFast, batch: list[list[int]], multiple: int | None, side: str
) -> None:
    examples = [example(span_ids_of(steps), token_type_ids=[1] * (len(steps) + 1)) for steps in batch]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bert, "padding_side", side)
        padded_batch = SpanCollator(bert, pad_to_multiple_of=multiple)(examples)
    width = max(len(steps) + 1 for steps in batch)
    width += -width % (multiple or 1)

    def padded(values: list[int], padding: int) -> list[int]:
        pad = [padding] * (width - len(values))
        return pad + values if side == "left" else values + pad

    assert padded_batch["input_ids"].tolist() == [padded(row["input_ids"], bert.pad_token_id) for row in examples]
    assert padded_batch["span_ids"].tolist() == [padded(row["span_ids"], -1) for row in examples]
    assert padded_batch["token_type_ids"].tolist() == [padded(row["token_type_ids"], 0) for row in examples]
    assert padded_batch["attention_mask"].tolist() == [padded([1] * len(row["input_ids"]), 0) for row in examples]
    assert {tensor.dtype for tensor in padded_batch.values()} == {torch.int64}


def test_several_segmentations_are_stacked(bert: PreTrainedTokenizerFast) -> None:
    examples = [example([0, 1, 2], span_ids_1=[0, 0, 0], span_ids_2=[0, 0, 1]), example([0], span_ids_1=[0])]
    examples[1]["span_ids_2"] = [0]
    padded_batch = SpanCollator(bert)(examples)["span_ids"]
    assert padded_batch.tolist() == [[[0, 1, 2], [0, 0, 0], [0, 0, 1]], [[0, -1, -1]] * 3]
    assert padded_batch.dtype == torch.int64
    assert padded_batch.is_contiguous()
    examples[1]["span_ids_1"] = [1]
    with pytest.raises(ValueError, match="the span ids of example 1 of the batch do not partition it"):
        SpanCollator(bert)(examples)


def test_labels_keep_their_type_and_other_columns_are_dropped(bert: PreTrainedTokenizerFast) -> None:
    collate = SpanCollator(bert)
    integers = collate([example([0, 1], labels=1, idx=4, length=2), example([0], labels=0, idx=5, length=1)])
    assert list(integers) == ["input_ids", "span_ids", "attention_mask", "labels"]
    assert integers["labels"].tolist() == [1, 0]
    assert integers["labels"].dtype == torch.int64
    reals = collate([example([0, 1], labels=1.5), example([0], labels=0.0)])
    assert reals["labels"].dtype == torch.float32
    assert "labels" not in collate([example([0])])


@pytest.mark.parametrize("spans", [[1, 2], [0, 2], [0, 1, 0], [-1, 0], [0, -1], [0, 0, 5]])
def test_spans_that_do_not_partition_are_refused(bert: PreTrainedTokenizerFast, spans: list[int]) -> None:
    examples = [example([0, 0, 1]), example(spans, idx=17), example([0])]
    with pytest.raises(ValueError, match=r"the span ids of example 1 of the batch \(idx 17\) do not partition it"):
        SpanCollator(bert)(examples)
    assert SpanCollator(bert, check_spans=False)(examples)["span_ids"].shape[0] == 3


def test_columns_of_unequal_length_and_empty_examples_are_refused(bert: PreTrainedTokenizerFast) -> None:
    wrong = {"input_ids": [1, 2, 3], "span_ids": [0, 1]}
    with pytest.raises(ValueError, match="span_ids has the length 2, but input_ids has 3"):
        SpanCollator(bert)([wrong])
    with pytest.raises(ValueError, match="example 1 of the batch has no tokens"):
        SpanCollator(bert)([example([0]), example([])])
