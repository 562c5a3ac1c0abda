"""Alignment of gold tokens, which have labels, with the encoder's tokens, which have vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spanreg.preparation.alignment import SpanTokens
from spanreg.text.joined import TokenOffsets, bounds_of

POSITIONS = "positions"
"Column with the position of each gold token's first piece; only tasks on tokens have it."


def first_pieces(tokens: SpanTokens, texts: Sequence[str], gold: TokenOffsets) -> NDArray[np.int32]:
    """Return the position of each gold token's first piece in its sequence, -1 if it has none, shape: (gold tokens,).

    A piece belongs to the first gold token that ends after the piece's first character, unless there are characters
    other than white space between the two. A gold token has no piece if truncation or the tokenizer's normalizer
    removed all of it.

    Args:
        tokens: tokens of single texts.
        texts: the texts.
        gold: places of their gold tokens.
    """
    # The texts are laid end to end on one line of characters, so that a single search serves them all.
    stretch = np.zeros(len(texts), dtype=np.int64)
    np.cumsum([len(text) + 1 for text in texts[:-1]], out=stretch[1:])
    text_of = np.repeat(np.arange(len(texts)), np.diff(tokens.bounds))  # shape: (all tokens,)
    ends = gold.ends + np.repeat(stretch, np.diff(gold.bounds))  # shape: (gold tokens,)
    found = np.searchsorted(ends, stretch[text_of] + tokens.starts, side="right")  # shape: (all tokens,)
    belongs = ~tokens.special & (found < gold.bounds[text_of + 1])
    # Pieces that start before their gold token: a byte-level tokenizer includes the space before a word in its piece.
    early = np.flatnonzero(belongs)[tokens.starts[belongs] < gold.starts[found[belongs]]]
    for token in early.tolist():
        belongs[token] = texts[text_of[token]][tokens.starts[token] : gold.starts[found[token]]].isspace()
    places = np.arange(len(found)) - tokens.bounds[text_of]
    positions = np.full(len(gold.starts), -1, dtype=np.int32)
    # Of several values assigned to one place the last one stays: in reverse order, that is the first piece.
    positions[found[belongs][::-1]] = places[belongs][::-1]
    return positions


def gold_columns(tokens: SpanTokens, batch: pa.Table) -> dict[str, pa.Array]:
    """Return the columns ``positions`` and ``words`` of a batch; none for tasks other than on tokens.

    Args:
        tokens: tokens of the batch's texts.
        batch: rows of a ``DatasetReader``.
    """
    if "starts" not in batch.column_names:
        return {}
    texts = batch["text"].to_pylist()
    lists = batch["starts"].combine_chunks()
    starts, ends = (batch[name].combine_chunks().flatten().to_numpy() for name in ("starts", "ends"))
    # From the lengths, since the offsets of a batch, which is a slice of a larger table, need not start at 0.
    gold = TokenOffsets(starts, ends, bounds_of(pc.list_value_length(lists).to_pylist()))
    # Kept with the examples, so that predictions show words without reading the source again.
    words = [text[start:end] for text, row in zip(texts, gold.rows(), strict=True) for start, end in row]
    offsets = pa.array(gold.bounds, pa.int32())
    return {
        POSITIONS: pa.ListArray.from_arrays(offsets, pa.array(first_pieces(tokens, texts, gold))),
        "words": pa.ListArray.from_arrays(offsets, pa.array(words, pa.string())),
    }
