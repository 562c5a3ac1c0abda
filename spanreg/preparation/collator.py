"""Collation of examples into padded batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, count, takewhile
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from spanreg.heads.base import IGNORED
from spanreg.preparation.alignment import span_column
from spanreg.preparation.gold_tokens import POSITIONS

PADDING_SPAN = -1
"Span id of padding."


class SpanCollator:
    """Pads a list of prepared examples to the longest of the batch.

    A batch has ``input_ids``, ``attention_mask``, ``token_type_ids`` (where the examples have them), ``span_ids`` (-1
    for padding), all int64, shape: (batch, tokens), and ``labels`` (where the examples have them; int64 or float32),
    shape: (batch,), or (batch, labels) where each example has a list of 0 and 1. Where examples have ``positions``, a
    label belongs to the token at its position: ``labels`` then has the shape (batch, tokens), with -100 for all other
    tokens. With several segmentations (``span_ids_1`` and so on next to ``span_ids``), ``span_ids`` of the batch has
    the shape (batch, layers, tokens). Other columns (``idx``, ``length``) are left out; remove ``labels`` from a split
    without gold labels.

    ``SpanCollator(encoder.tokenizer)(list(prepared.dataset.select(range(16))))``

    Parameters:
        tokenizer: has the padding id, the padding type id and the padding side.
        pad_to_multiple_of: rounds the number of tokens up to a multiple, such as 8 for the tensor cores of a GPU;
            default: no rounding, since padding costs time.
        check_spans: whether to check that the span ids of every segmentation start at 0 and grow in steps of 0 or 1;
            default: yes, the check is cheap.

    Raises:
        ValueError: the span ids do not partition an example or differ in length from its tokens, or it has no tokens.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, *, pad_to_multiple_of: int | None = None, check_spans: bool = True
    ) -> None:
        self.padding = {
            # Decoders such as GPT-2 have no padding token; any id will do, since the attention mask hides it.
            "input_ids": tokenizer.pad_token_id or 0,
            "token_type_ids": tokenizer.pad_token_type_id,
        }
        self.left = tokenizer.padding_side == "left"
        self.multiple = pad_to_multiple_of or 1
        self.check_spans = check_spans

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return the batch of some examples."""
        lengths = np.array([len(example["input_ids"]) for example in examples])  # shape: (batch,)
        mask = self._mask(lengths)
        columns = {name: _flat(name, examples, lengths) for name in self.padding if name in examples[0]}
        batch = {name: _padded(column, mask, self.padding[name]) for name, column in columns.items()}
        batch["span_ids"] = self._span_ids(examples, lengths, mask)
        batch["attention_mask"] = torch.from_numpy(mask.astype(np.int64))
        if "labels" in examples[0] and POSITIONS in examples[0]:
            batch["labels"] = _padded(_token_labels(examples, lengths), mask, IGNORED)
        elif "labels" in examples[0]:
            labels = np.asarray([example["labels"] for example in examples])
            # Losses want float32 targets in a regression, and int64 class ids; NumPy made float64 of Python floats.
            real = labels.dtype.kind == "f"
            batch["labels"] = torch.from_numpy(labels.astype(np.float32 if real else np.int64))
        return batch

    def _span_ids(
        self, examples: Sequence[Mapping[str, Any]], lengths: NDArray[np.int64], mask: NDArray[np.bool_]
    ) -> Tensor:
        """Return span ids, shape: (batch, tokens); for several segmentations (batch, layers, tokens)."""
        layers = []
        for name in _span_columns(examples[0]):
            column = _flat(name, examples, lengths)
            if self.check_spans:
                _check_partition(column, lengths, examples)
            layers.append(_padded(column, mask, PADDING_SPAN))
        return layers[0] if len(layers) == 1 else torch.stack(layers, 1)

    def _mask(self, lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which places have a token, shape: (batch, tokens)."""
        width = -(-int(lengths.max()) // self.multiple) * self.multiple
        places = np.arange(width)
        return places >= width - lengths[:, None] if self.left else places < lengths[:, None]


def _span_columns(example: Mapping[str, Any]) -> list[str]:
    """Return the columns of an example with span ids, one for each segmentation."""
    further = takewhile(lambda name: name in example, map(span_column, count(1)))
    return [span_column(0), *further]


def _flat(name: str, examples: Sequence[Mapping[str, Any]], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one column of all examples, concatenated."""
    # One array for the whole batch: it is then padded through a mask, without a Python loop over examples.
    rows = [example[name] for example in examples]
    for row, length in zip(rows, lengths.tolist(), strict=True):
        if len(row) != length:
            raise ValueError(f"{name} has the length {len(row)}, but input_ids has {length}")
    return np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))


def _token_labels(examples: Sequence[Mapping[str, Any]], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a label or ``IGNORED`` for every token of all examples, concatenated."""
    flat = np.full(int(lengths.sum()), IGNORED, dtype=np.int64)
    for example, first in zip(examples, (np.cumsum(lengths) - lengths).tolist(), strict=True):
        positions, labels = np.asarray(example[POSITIONS], np.int64), np.asarray(example["labels"], np.int64)
        # A gold token without a piece has no place to put its label; evaluation counts it as wrong.
        there = positions >= 0
        flat[first + positions[there]] = labels[there]
    return flat


def _padded(column: NDArray[np.int64], mask: NDArray[np.bool_], padding: int) -> Tensor:
    """Return the values of all examples where the mask is True, and padding elsewhere, shape: (batch, tokens)."""
    padded = np.full(mask.shape, padding, dtype=np.int64)
    padded[mask] = column
    return torch.from_numpy(padded)


def _check_partition(
    spans: NDArray[np.int64], lengths: NDArray[np.int64], examples: Sequence[Mapping[str, Any]]
) -> None:
    """Check that the span ids of each example start at 0 and grow in steps of 0 or 1."""
    if not lengths.all():
        raise ValueError(f"{_name(examples, int(np.argmin(lengths)))} has no tokens")
    firsts = np.cumsum(lengths) - lengths
    steps = np.diff(spans, prepend=0)
    steps[firsts] = spans[firsts] * 2  # the first id must be 0, and twice any other id is not a step of 0 or 1
    if ((steps < 0) | (steps > 1)).any():
        wrong = int(np.flatnonzero((steps < 0) | (steps > 1))[0])
        row = int(np.searchsorted(firsts, wrong, side="right")) - 1
        found = spans[firsts[row] : firsts[row] + lengths[row]].tolist()
        raise ValueError(
            f"the span ids of {_name(examples, row)} do not partition it: they must start at 0 and grow in steps of 0 "
            f"or 1, but are {found[:20]}"
        )


def _name(examples: Sequence[Mapping[str, Any]], row: int) -> str:
    """Return an example as an error names it."""
    idx = examples[row].get("idx")
    return f"example {row} of the batch" + (f" (idx {idx})" if idx is not None else "")
