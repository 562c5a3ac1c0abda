"""Examples to padded batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase

PADDING_SPAN = -1
"The span id of padding."


class SpanCollator:
    """Pads a list of prepared examples to the longest of the batch.

    A batch has ``input_ids``, ``attention_mask``, ``token_type_ids`` (where the examples have them), ``span_ids`` (-1
    on padding), all int64, shape: (batch, tokens), and ``labels`` (where the examples have them; int64 or float32),
    shape: (batch,). Other columns (``idx``, ``length``) are left out, so remove ``labels`` from a split without gold
    labels.

    Parameters:
        tokenizer: gives the padding id, the padding type id and the padding side.
        pad_to_multiple_of: round the number of tokens up to a multiple; default: no rounding.
        check_spans: hold the span ids to the law (start at 0, steps of 0 or 1); default: yes, it is cheap.

    Raises:
        ValueError: span ids that do not partition an example, or of another length than its tokens, or no tokens.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, *, pad_to_multiple_of: int | None = None, check_spans: bool = True
    ) -> None:
        self.padding = {
            "input_ids": tokenizer.pad_token_id or 0,
            "token_type_ids": tokenizer.pad_token_type_id,
            "span_ids": PADDING_SPAN,
        }
        self.left = tokenizer.padding_side == "left"
        self.multiple = pad_to_multiple_of or 1
        self.check_spans = check_spans

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """One batch."""
        lengths = np.array([len(example["input_ids"]) for example in examples])
        mask = self._mask(lengths)
        columns = {name: _flat(name, examples, lengths) for name in self.padding if name in examples[0]}
        if self.check_spans:
            _check_partition(columns["span_ids"], lengths, examples)
        batch = {name: _padded(column, mask, self.padding[name]) for name, column in columns.items()}
        batch["attention_mask"] = torch.from_numpy(mask.astype(np.int64))
        if "labels" in examples[0]:
            labels = np.asarray([example["labels"] for example in examples])
            real = labels.dtype.kind == "f"
            batch["labels"] = torch.from_numpy(labels.astype(np.float32 if real else np.int64))
        return batch

    def _mask(self, lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which places hold a token, shape: (batch, tokens)."""
        width = -(-int(lengths.max()) // self.multiple) * self.multiple
        places = np.arange(width)
        return places >= width - lengths[:, None] if self.left else places < lengths[:, None]


def _flat(name: str, examples: Sequence[Mapping[str, Any]], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """One column of all examples end to end."""
    rows = [example[name] for example in examples]
    for row, length in zip(rows, lengths.tolist(), strict=True):
        if len(row) != length:
            raise ValueError(f"{name} has the length {len(row)}, but input_ids has {length}")
    return np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))


def _padded(column: NDArray[np.int64], mask: NDArray[np.bool_], padding: int) -> Tensor:
    padded = np.full(mask.shape, padding, dtype=np.int64)
    padded[mask] = column
    return torch.from_numpy(padded)


def _check_partition(
    spans: NDArray[np.int64], lengths: NDArray[np.int64], examples: Sequence[Mapping[str, Any]]
) -> None:
    if not lengths.all():
        raise ValueError(f"{_name(examples, int(np.argmin(lengths)))} has no tokens")
    firsts = np.cumsum(lengths) - lengths
    steps = np.diff(spans, prepend=0)
    steps[firsts] = spans[firsts] * 2  # a first id must be 0, where a step may be 1
    if ((steps < 0) | (steps > 1)).any():
        wrong = int(np.flatnonzero((steps < 0) | (steps > 1))[0])
        row = int(np.searchsorted(firsts, wrong, side="right")) - 1
        found = spans[firsts[row] : firsts[row] + lengths[row]].tolist()
        raise ValueError(
            f"the span ids of {_name(examples, row)} do not partition it: they must start at 0 and go on in steps of 0 "
            f"or 1, but are {found[:20]}"
        )


def _name(examples: Sequence[Mapping[str, Any]], row: int) -> str:
    idx = examples[row].get("idx")
    return f"example {row} of the batch" + (f" (idx {idx})" if idx is not None else "")
