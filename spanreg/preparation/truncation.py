"""Truncation by whole spans, with half of the tokens for each sentence of a pair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from spanreg.preparation.tokens import TokenColumns
from spanreg.registry import ConfigurationError

Truncation = Literal["longest_first", "released"]
"""How a sequence is truncated: token by token from the end of the longer sentence, or by whole spans of each sentence
as in the released code."""

_TOKENS_APART: Final = 5
_SPANS_APART: Final = 3
"What the released code subtracts from each half, for special tokens and as a margin."


@dataclass(frozen=True, slots=True)
class SpanBudget:
    """Numbers of tokens and spans that a sentence may have.

    Each sentence of a pair may have ``max_tokens // 2 - 5`` tokens and ``max_spans // 2 - 3`` spans, as in the released
    code; a single text may have all that special tokens leave.

    ``SpanBudget(max_tokens=128, max_spans=64).limits(pair=True, special=3)`` is ``(59, 29)``

    Raises:
        ConfigurationError: a sentence of a pair would have no token or no span.
    """

    max_tokens: int
    "Longest sequence in tokens, with special tokens."
    max_spans: int | None = None
    "Longest sequence in spans, with those of special tokens; None for no limit."

    def __post_init__(self) -> None:
        for name, apart in (("max_tokens", _TOKENS_APART), ("max_spans", _SPANS_APART)):
            limit = getattr(self, name)
            if limit is not None and limit // 2 <= apart:
                problem = f"{name} is {limit}, which leaves no room for the sentences of a pair"
                raise ConfigurationError(problem, path=name, hint=f"it must be at least {2 * apart + 2}")

    def limits(self, *, pair: bool, special: int) -> tuple[int, int]:
        """Return the numbers of tokens and spans that a sentence may have.

        Args:
            pair: whether the sentence is one of a pair.
            special: number of special tokens of the sequence.
        """
        spans = np.iinfo(np.int64).max if self.max_spans is None else self.max_spans
        if pair:
            return self.max_tokens // 2 - _TOKENS_APART, spans // 2 - _SPANS_APART
        return self.max_tokens - special, spans - special


def kept_tokens(
    tokens: TokenColumns, span_ids: NDArray[np.int32], most_tokens: int, most_spans: int
) -> NDArray[np.bool_]:
    """Return which tokens to keep, shape: (all tokens,).

    Special tokens are kept, and of each sentence the first whole spans that fit.

    Args:
        tokens: tokens of texts or pairs, not truncated.
        span_ids: index of each token's span in its text, shape: (all tokens,).
        most_tokens: largest number of tokens of a sentence.
        most_spans: largest number of spans of a sentence.
    """
    texts = np.repeat(np.arange(len(tokens.bounds) - 1), np.diff(tokens.bounds))  # shape: (all tokens,)
    begins = np.ones(len(span_ids), dtype=np.bool_)
    begins[1:] = (span_ids[1:] != span_ids[:-1]) | (texts[1:] != texts[:-1])
    # From here on, one entry for each span; a span is kept or cut as a whole.
    firsts = np.flatnonzero(begins)  # shape: (spans,)
    sizes = np.diff(np.append(firsts, len(span_ids)))
    sentences = tokens.sentences[firsts]
    # Numbers of spans and tokens of a sentence up to and including each span: running totals over all texts, minus the
    # totals before the sentence. This needs no loop over sentences.
    is_first = np.ones(len(firsts), dtype=np.bool_)
    is_first[1:] = (sentences[1:] != sentences[:-1]) | (texts[firsts[1:]] != texts[firsts[:-1]])
    group = np.cumsum(is_first) - 1
    through = np.cumsum(sizes)
    tokens_so_far = through - (through - sizes)[is_first][group]
    spans_so_far = np.arange(1, len(firsts) + 1) - np.flatnonzero(is_first)[group]
    fits = (sentences < 0) | ((tokens_so_far <= most_tokens) & (spans_so_far <= most_spans))
    return np.repeat(fits, sizes)


def keep_tokens(tokens: TokenColumns, kept: NDArray[np.bool_]) -> TokenColumns:
    """Return the tokens selected by a mask; texts that lose tokens are marked as truncated."""
    # Number of kept tokens before each token: indexed by the old bounds, it gives the new ones.
    before = np.append(0, np.cumsum(kept))
    bounds = before[tokens.bounds]
    return replace(
        tokens,
        ids=tokens.ids[kept],
        type_ids=None if tokens.type_ids is None else tokens.type_ids[kept],
        starts=tokens.starts[kept],
        sentences=tokens.sentences[kept],
        bounds=bounds,
        truncated=tokens.truncated | (np.diff(bounds) < np.diff(tokens.bounds)),
    )
