"""Gold tokens, which have labels, to the encoder's tokens, which have vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spanreg.preparation.alignment import SpanTokens
from spanreg.text.joined import TokenOffsets, bounds_of

POSITIONS = "positions"
"The column that says where the first piece of each gold token is; only tasks that label tokens have it."


def first_pieces(tokens: SpanTokens, texts: Sequence[str], gold: TokenOffsets) -> NDArray[np.int32]:
    """Position of each gold token's first piece in its sequence, or -1 for one that has none, shape: (gold tokens,).

    A piece belongs to the first gold token that ends after the piece's first character, unless other characters than
    white space lie between the two. A gold token has no piece where truncation or the tokenizer's normaliser left none
    of it.

    Args:
        tokens: of single texts.
        texts: the texts.
        gold: where their gold tokens are.
    """
    # Each text gets a stretch of one number line, so that a single search serves them all.
    stretch = np.zeros(len(texts), dtype=np.int64)
    np.cumsum([len(text) + 1 for text in texts[:-1]], out=stretch[1:])
    text_of = np.repeat(np.arange(len(texts)), np.diff(tokens.bounds))
    ends = gold.ends + np.repeat(stretch, np.diff(gold.bounds))
    found = np.searchsorted(ends, stretch[text_of] + tokens.starts, side="right")  # shape: (all tokens,)
    belongs = ~tokens.special & (found < gold.bounds[text_of + 1])
    early = np.flatnonzero(belongs)[tokens.starts[belongs] < gold.starts[found[belongs]]]
    for token in early.tolist():
        belongs[token] = texts[text_of[token]][tokens.starts[token] : gold.starts[found[token]]].isspace()
    places = np.arange(len(found)) - tokens.bounds[text_of]
    positions = np.full(len(gold.starts), -1, dtype=np.int32)
    # From the last piece to the first, which stays.
    positions[found[belongs][::-1]] = places[belongs][::-1]
    return positions


def gold_columns(tokens: SpanTokens, batch: pa.Table) -> dict[str, pa.Array]:
    """The columns ``positions`` and ``words`` of a batch whose gold tokens have labels; none for other tasks.

    Args:
        tokens: what the batch's texts were cut into.
        batch: rows of a ``DatasetReader``.
    """
    if "starts" not in batch.column_names:
        return {}
    texts = batch["text"].to_pylist()
    lists = batch["starts"].combine_chunks()
    starts, ends = (batch[name].combine_chunks().flatten().to_numpy() for name in ("starts", "ends"))
    gold = TokenOffsets(starts, ends, bounds_of(pc.list_value_length(lists).to_pylist()))
    words = [text[start:end] for text, row in zip(texts, gold.rows(), strict=True) for start, end in row]
    offsets = pa.array(gold.bounds, pa.int32())
    return {
        POSITIONS: pa.ListArray.from_arrays(offsets, pa.array(first_pieces(tokens, texts, gold))),
        "words": pa.ListArray.from_arrays(offsets, pa.array(words, pa.string())),
    }
