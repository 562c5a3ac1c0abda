"""Texts to token ids and span ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from spanreg.preparation.tokens import OffsetTokenizer, Tokens
from spanreg.preparation.truncation import SpanBudget, keep_tokens, kept_tokens
from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words


def span_column(layer: int) -> str:
    """The name of a prepared column of span ids; where there is one segmentation, it is the first."""
    return f"span_ids_{layer}" if layer else "span_ids"


@dataclass(frozen=True, slots=True)
class SpanTokens:
    """Token ids and span ids of a batch of texts, in columns: the tokens of text i are bounds[i] to bounds[i + 1]."""

    input_ids: NDArray[np.int32]
    "Shape: (all tokens,)."
    token_type_ids: NDArray[np.int8] | None
    "Shape: (all tokens,); None where the model takes none."
    span_ids: NDArray[np.int32]
    "Index of each token's span in its text, by every segmentation, shape: (layers, all tokens)."
    bounds: NDArray[np.int64]
    "Shape: (texts + 1,)."
    sentences: NDArray[np.int8]
    "0 or 1: the sentence that the token belongs to; -1 for special tokens, shape: (all tokens,)."
    truncated: NDArray[np.bool_]
    "Which texts lost tokens to ``max_tokens``, shape: (texts,)."
    words: Words
    "Words of all sentences: those of all texts, then the second ones of all pairs."
    begins: NDArray[np.bool_]
    "Which words begin a span, by every segmentation, shape: (layers, words)."
    token_words: NDArray[np.int64]
    "The word, among all, that decides the token's span; -1 for special tokens and in a sentence without words."
    starts: NDArray[np.int32]
    "Offset of each token's first character in its own sentence, shape: (all tokens,)."

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.bounds) - 1

    @property
    def special(self) -> NDArray[np.bool_]:
        """Which tokens were added by the tokenizer, shape: (all tokens,)."""
        return self.sentences < 0

    def columns(self) -> dict[str, NDArray[Any]]:
        """What the model takes of all tokens, by the names of prepared columns; each has the shape (all tokens,)."""
        columns = {"input_ids": self.input_ids, "token_type_ids": self.token_type_ids}
        columns |= {span_column(layer): own for layer, own in enumerate(self.span_ids)}
        return {name: column for name, column in columns.items() if column is not None}

    def examples(self) -> Iterator[dict[str, Any]]:
        """One mapping a text, as ``SpanCollator`` takes them."""
        given = self.columns()
        for start, end in zip(self.bounds[:-1].tolist(), self.bounds[1:].tolist(), strict=True):
            yield {name: column[start:end] for name, column in given.items()}


class SpanTokenizer:
    """Cuts texts into tokens and spans at once: the encoder's tokenizer and a segmenter joined by character offsets.

    A token belongs to the span of its first character that lies in a word, or, where it has none (white space, nothing
    at all), to that of the next word of its sentence; after the last word, to the last span. All tokens of a sentence
    without words are one span. Every special token that the tokenizer adds is a span of its own. Spans are numbered in
    each text from 0 as their first tokens come; a span of which truncation leaves no token has no number.

    Parameters:
        tokenizer: a fast tokenizer (one that knows character offsets).
        segmenter: cuts each sentence into spans; the two sentences of a pair are segmented one by one.
        max_tokens: longest sequence, special tokens included; longer ones are truncated, the longer sentence first.
        budget: truncates by whole spans in place of that, each sentence by itself; of several segmentations, by those
            of the first.

    Raises:
        ConfigurationError: a slow tokenizer, or ``max_tokens`` leaves no room beside the special tokens.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        segmenter: Segmenter,
        max_tokens: int,
        budget: SpanBudget | None = None,
    ) -> None:
        self.tokenizer = OffsetTokenizer(tokenizer, max_tokens, truncates=budget is None)
        self.segmenter = segmenter
        self.budget = budget

    def __call__(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> SpanTokens:
        """Tokens and spans of every text, or of every pair of texts; for a few thousand texts at a time."""
        with self.tokenizer.started(texts, pairs) as reading:
            words = self.segmenter.word_rule.words_of([*texts, *(pairs or ())])
            begins = checked_begins(self.segmenter, words)
            tokens = reading()
        token_words = words_of_tokens(tokens, words)
        if self.budget is not None:
            pair = pairs is not None
            limits = self.budget.limits(pair=pair, special=self.tokenizer.special_tokens(pair=pair))
            kept = kept_tokens(tokens, span_ids(tokens, token_words, begins[0]), *limits)
            tokens, token_words = keep_tokens(tokens, kept), token_words[kept]
        return SpanTokens(
            input_ids=tokens.ids,
            token_type_ids=tokens.type_ids,
            span_ids=np.stack([span_ids(tokens, token_words, own) for own in begins]),
            bounds=tokens.bounds,
            sentences=tokens.sentences,
            truncated=tokens.truncated,
            words=words,
            begins=begins,
            token_words=token_words,
            starts=tokens.starts,
        )


def checked_begins(segmenter: Segmenter, words: Words) -> NDArray[np.bool_]:
    """A segmenter's answer, each layer held to the law that makes it a partition, shape: (layers, words).

    Raises:
        ValueError: not one boolean a word and layer, or the first word of a text begins no span.
    """
    begins = np.asarray(segmenter.layered_begins(words))
    firsts = words.bounds[:-1][np.diff(words.bounds) > 0]
    if begins.dtype != np.bool_ or begins.shape != (segmenter.layers, len(words)) or not begins[:, firsts].all():
        name = type(segmenter).__name__
        raise ValueError(
            f"{name}.begins must give one bool for each of the {len(words)} words, True for the first word of every "
            f"text, in {segmenter.layers} layers; it gave {begins.dtype}, shape {begins.shape}"
        )
    return begins


def words_of_tokens(tokens: Tokens, words: Words) -> NDArray[np.int64]:
    """For each token the first word of its sentence that ends after the token's start, or the last; -1 for none."""
    texts = len(tokens.bounds) - 1
    sentence = np.repeat(np.arange(texts), np.diff(tokens.bounds)) + np.where(tokens.sentences > 0, texts, 0)
    # Each sentence gets a stretch of one number line, on which all words are counted that have ended.
    stretch = np.zeros(len(words.bounds), dtype=np.int64)
    np.cumsum([len(text) + 1 for text in words.texts], out=stretch[1:])
    ended = np.zeros(stretch[-1] + 1, dtype=np.int64)
    ended[words.ends + np.repeat(stretch[:-1], np.diff(words.bounds))] = 1
    np.cumsum(ended, out=ended)
    found = np.minimum(ended.take(stretch.take(sentence) + tokens.starts), words.bounds.take(sentence + 1) - 1)
    _never_back(found, sentence, tokens.sentences < 0)
    found[(tokens.sentences < 0) | (found < words.bounds[sentence])] = -1
    return found


def _never_back(found: NDArray[np.int64], sentence: NDArray[np.int64], special: NDArray[np.bool_]) -> None:
    """Keeps a token that a normaliser put in or moved from falling behind the token in front of it, in place."""
    same = sentence[1:] == sentence[:-1]
    falls = same & (found[1:] < found[:-1]) & ~special[1:] & ~special[:-1]
    if falls.any():
        runs = np.append(0, np.cumsum(~same)) * (found.max() + 2)
        found[:] = np.maximum.accumulate(found + runs) - runs


def span_ids(tokens: Tokens, token_words: NDArray[np.int64], begins: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Index of each token's span in its text, shape: (all tokens,)."""
    # The 0 at the end is for tokens without a word, whose index is -1.
    spans = np.append(np.cumsum(begins), 0)[token_words]
    new = np.ones(len(spans), dtype=np.bool_)
    new[1:] = (spans[1:] != spans[:-1]) | (tokens.sentences[1:] != tokens.sentences[:-1])
    new[tokens.sentences < 0] = True
    lengths = np.diff(tokens.bounds)
    firsts = tokens.bounds[:-1][lengths > 0]
    new[firsts] = True
    count = np.cumsum(new, dtype=np.int32)
    return count - np.repeat(count[firsts], lengths[lengths > 0])
