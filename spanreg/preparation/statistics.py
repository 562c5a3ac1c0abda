"""What a segmentation looks like on a data set, for the run record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SpanStatistics:
    """Figures of one prepared split; words and spans are counted before truncation, tokens after it."""

    sentences: int
    "Texts, counting both of a pair."
    words: int
    "Words in all sentences."
    spans: int
    "Spans in all sentences, special tokens not counted."
    tokens: int
    "Tokens in all examples, special tokens included."
    spans_per_sentence: float
    "Mean over the sentences."
    multi_word_token_share: float
    "Share of the tokens, special ones not counted, that lie in a span of two or more words."
    dictionary_coverage: float | None
    "Share of the words that lie in a span which is a dictionary entry; None where no dictionary was given."
    span_lengths: dict[int, int]
    "Number of spans by their length in words, ascending."
    truncated: int
    "Examples that lost tokens to the limit."

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; the keys of ``span_lengths`` become strings."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> SpanStatistics:
        """The inverse of ``to_json``."""
        raise NotImplementedError
