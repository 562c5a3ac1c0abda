"""Batches with the indices of their examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from spanreg.preparation import SpanCollator

_SHOWN = 16
"Examples that an error names."


class IndexedCollator:
    """Makes batches with the ``idx`` of their examples, int64, shape: (batch,), for error messages.

    ``IndexedCollator(SpanCollator(tokenizer))(examples)["idx"]``

    Parameters:
        collator: makes the rest of the batch.
    """

    def __init__(self, collator: SpanCollator) -> None:
        self.collator = collator

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return one batch."""
        indices = torch.tensor([example["idx"] for example in examples], dtype=torch.int64)
        return {**self.collator(examples), "idx": indices}


def name_examples(indices: Tensor | None) -> str:
    """Return examples as an error names them; only the first of many."""
    if indices is None:
        return "a batch"
    known = indices.tolist()
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"the examples with the idx {', '.join(map(str, known[:_SHOWN]))}{more}"
