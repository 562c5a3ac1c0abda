"""Texts to token ids and span ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from spanreg.segmenters.base import Segmenter


@dataclass(frozen=True, slots=True)
class SpanTokens:
    """Token ids and span ids of a batch of texts, in columns: the tokens of text i are bounds[i] to bounds[i + 1]."""

    input_ids: NDArray[np.int32]
    "Shape: (all tokens,)."
    token_type_ids: NDArray[np.int8] | None
    "Shape: (all tokens,); None where the tokenizer gives none."
    span_ids: NDArray[np.int32]
    "Index of each token's span in its text, shape: (all tokens,)."
    bounds: NDArray[np.int64]
    "Shape: (texts + 1,)."
    truncated: NDArray[np.bool_]
    "Which texts lost tokens to ``max_tokens``, shape: (texts,)."

    def examples(self) -> Iterator[dict[str, Any]]:
        """One mapping a text, as ``SpanCollator`` takes them."""
        raise NotImplementedError


class SpanTokenizer:
    """Cuts texts into tokens and spans at once: the encoder's tokenizer and a segmenter joined by character offsets.

    Parameters:
        tokenizer: a fast tokenizer (one that knows character offsets).
        segmenter: cuts each sentence into spans; the two sentences of a pair are segmented one by one.
        max_tokens: longest sequence, special tokens included; longer ones are truncated, the longer sentence first.

    Raises:
        ConfigurationError: a slow tokenizer, or ``max_tokens`` leaves no room beside the special tokens.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, segmenter: Segmenter, max_tokens: int) -> None:
        raise NotImplementedError

    def __call__(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> SpanTokens:
        """Tokens and spans of every text, or of every pair of texts; for a few thousand texts at a time."""
        raise NotImplementedError
