"""Alignment of labelled words (gold tokens) with the encoder's tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerFast

from spanreg.data.reading.columns import token_table
from spanreg.heads import IGNORED
from spanreg.preparation import PreparedSplit, SpanCollator, SpanTokenizer, prepare
from spanreg.preparation.gold_tokens import first_pieces
from spanreg.segmenters.base import Segmenter
from spanreg.text.joined import TokenOffsets, join_tokens

ROWS = [
    ["The", "old", "man", "kicked", "the", "bucket", ",", "and", "nobody", "cared", "."],
    ["A", "café", "in", "São", "Paulo", "isn't", "over-priced", "!"],
    ["日本語の", "文章", "and", "\U0001f600", "here"],
    ["one"],
]


def prepare_tokens(
    tokenizer: PreTrainedTokenizerFast, segmenter: Segmenter, folder: Path, rows: list[list[str]], max_tokens: int = 200
) -> PreparedSplit:
    """Return the prepared split of some sentences, labelled 0, 1, 2, 0 and so on."""
    texts, offsets = join_tokens(rows)
    labels = [[number % 3 for number in range(len(row))] for row in rows]
    dataset = Dataset(token_table(texts, offsets, labels))
    return prepare(dataset, tokenizer=tokenizer, segmenter=segmenter, max_tokens=max_tokens, cache=folder)


def slow_first_pieces(tokenizer: PreTrainedTokenizerFast, text: str, gold: list[list[int]]) -> list[int]:
    """Return the first piece that has a character of the gold token, by the tokenizer's own offsets."""
    encoding = tokenizer(text, return_offsets_mapping=True)
    special = [sequence is None for sequence in encoding.sequence_ids()]
    first = []
    for start, end in gold:
        touching = [
            place
            for place, (begin, stop) in enumerate(encoding["offset_mapping"])
            if not special[place] and text[max(begin, start) : min(stop, end)]
        ]
        first.append(touching[0] if touching else -1)
    return first


def test_first_pieces_equal_a_slow_loop(tokenizer: PreTrainedTokenizerFast, segmenter: Segmenter) -> None:
    texts, gold = join_tokens(ROWS)
    tokens = SpanTokenizer(tokenizer, segmenter, 200)(texts)
    pieces = first_pieces(tokens, texts, gold).tolist()
    for row, text in enumerate(texts):
        row_pieces = pieces[gold.bounds[row] : gold.bounds[row + 1]]
        slow_pieces = slow_first_pieces(tokenizer, text, gold.rows()[row])
        ids = tokens.input_ids[tokens.bounds[row] : tokens.bounds[row + 1]].tolist()
        names = tokenizer.convert_ids_to_tokens(ids)
        for piece, slow_piece in zip(row_pieces, slow_pieces, strict=True):
            # A piece of white space alone belongs to the token that follows; by its characters it belongs to none.
            is_white_space = slow_piece - piece == 1 and names[piece] in ("▁", "Ġ")
            assert piece == slow_piece or is_white_space


def test_text_outside_gold_tokens_has_no_label(bert: PreTrainedTokenizerFast, segmenter: Segmenter) -> None:
    tokens = SpanTokenizer(bert, segmenter, 200)(["the old man"])
    expected = slow_first_pieces(bert, "the old man", [[8, 11]])
    assert first_pieces(tokens, ["the old man"], TokenOffsets.of([[[8, 11]]])).tolist() == expected


def test_truncated_gold_tokens_are_counted_and_logged(
    bert: PreTrainedTokenizerFast, segmenter: Segmenter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    truncated = prepare_tokens(bert, segmenter, tmp_path, ROWS, max_tokens=8)
    lost = [row["positions"].count(-1) for row in truncated.dataset]
    assert truncated.lost == sum(lost) > 0
    assert truncated.dataset[0]["positions"][-1] == -1
    assert f"{truncated.lost} labelled tokens have no token of the encoder" in caplog.text
    assert prepare_tokens(bert, segmenter, tmp_path, ROWS, max_tokens=8).lost == truncated.lost
    assert prepare_tokens(bert, segmenter, tmp_path, ROWS).lost == 0


def test_words_are_kept_unchanged(bert: PreTrainedTokenizerFast, segmenter: Segmenter, tmp_path: Path) -> None:
    dataset = prepare_tokens(bert, segmenter, tmp_path, ROWS).dataset
    assert list(dataset["words"]) == ROWS


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_collator_labels_first_pieces_only(
    bert: PreTrainedTokenizerFast, segmenter: Segmenter, tmp_path: Path, side: str
) -> None:
    dataset = prepare_tokens(bert, segmenter, tmp_path, ROWS, max_tokens=8).dataset
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bert, "padding_side", side)
        batch = SpanCollator(bert)(list(dataset))
    assert batch["labels"].shape == batch["input_ids"].shape
    assert batch["labels"].dtype == torch.int64
    for row, example in enumerate(dataset):
        first = int(batch["attention_mask"][row].argmax())
        expected = [IGNORED] * batch["labels"].shape[1]
        for position, label in zip(example["positions"], example["labels"], strict=True):
            if position >= 0:
                expected[first + position] = label
        assert batch["labels"][row].tolist() == expected


@pytest.mark.parametrize(("labels", "labelled"), [([[0, 1], [1]], True), ([[0, -1], [1]], False), ([[], []], True)])
def test_a_missing_label_within_a_list_makes_the_split_unlabelled(
    bert: PreTrainedTokenizerFast, segmenter: Segmenter, tmp_path: Path, labels: list[list[int]], labelled: bool
) -> None:
    texts, offsets = join_tokens([["word"] * len(row) for row in labels])
    dataset = Dataset(token_table(texts, offsets, labels))
    prepared = prepare(dataset, tokenizer=bert, segmenter=segmenter, max_tokens=50, cache=tmp_path)
    assert prepared.labelled is labelled
