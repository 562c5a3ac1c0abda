"""Batches that know which examples they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from spanreg.preparation import SpanCollator

_MOST = 16
"Examples that an error names."


class IndexedCollator:
    """A batch with the ``idx`` of its examples, int64, shape: (batch,), so that an error can name them.

    Parameters:
        collator: makes the rest of the batch.
    """

    def __init__(self, collator: SpanCollator) -> None:
        self.collator = collator

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """One batch."""
        indices = torch.tensor([example["idx"] for example in examples], dtype=torch.int64)
        return {**self.collator(examples), "idx": indices}


def name_examples(indices: Tensor | None) -> str:
    """Examples as an error names them; the first of many."""
    if indices is None:
        return "a batch"
    known = indices.tolist()
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return f"the examples with the idx {', '.join(map(str, known[:_MOST]))}{more}"
