"""Examples to padded batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from transformers import PreTrainedTokenizerBase


class SpanCollator:
    """Pads a list of prepared examples to the longest of the batch.

    A batch has ``input_ids``, ``attention_mask``, ``token_type_ids`` (where the examples have them), ``span_ids`` (-1 on
    padding), all int64, shape: (batch, tokens), and ``labels`` (where the examples have them; int64 or float32), shape:
    (batch,). Other columns (``idx``, ``length``) are left out, so remove ``labels`` from a split without gold labels.

    Parameters:
        tokenizer: gives the padding id, the padding type id and the padding side.
        pad_to_multiple_of: round the number of tokens up to a multiple; default: no rounding.
        check_spans: hold the span ids to the law (start at 0, steps of 0 or 1); default: yes, it is cheap.

    Raises:
        ValueError: span ids that do not partition an example, or of another length than its tokens.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, *, pad_to_multiple_of: int | None = None, check_spans: bool = True
    ) -> None:
        raise NotImplementedError

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """One batch."""
        raise NotImplementedError
