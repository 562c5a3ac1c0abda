"""Conversion of texts to token ids and span ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from spanreg.preparation.tokens import OffsetTokenizer, TokenColumns
from spanreg.preparation.truncation import SpanBudget, keep_tokens, kept_tokens
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words


def span_column(layer: int) -> str:
    """Return the name of the prepared column with the span ids of a segmentation, counted from 0."""
    return f"span_ids_{layer}" if layer else "span_ids"


@dataclass(frozen=True, slots=True)
class SpanTokens:
    """Token ids and span ids of a batch of texts, in columns: the tokens of text i are bounds[i] to bounds[i + 1].

    ``span_tokenizer(["The old man sat."]).span_ids[0]``
    """

    input_ids: NDArray[np.int32]
    "Shape: (all tokens,)."
    token_type_ids: NDArray[np.int8] | None
    "Shape: (all tokens,); None if the model does not use them."
    span_ids: NDArray[np.int32]
    "Index of each token's span in its text, for every segmentation, shape: (layers, all tokens)."
    bounds: NDArray[np.int64]
    "Shape: (texts + 1,)."
    sentences: NDArray[np.int8]
    "0 or 1: the sentence of the token; -1 for special tokens, shape: (all tokens,)."
    truncated: NDArray[np.bool_]
    "Whether each text was truncated, shape: (texts,)."
    words: Words
    "Words of all sentences: those of all texts, then those of the second sentences of all pairs."
    begins: NDArray[np.bool_]
    "Whether each word begins a span, for every segmentation, shape: (layers, words)."
    token_words: NDArray[np.int64]
    "Index of the word that decides the token's span; -1 for special tokens and in sentences without words."
    starts: NDArray[np.int32]
    "Offset of each token's first character in its own sentence, shape: (all tokens,)."

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.bounds) - 1

    @property
    def special(self) -> NDArray[np.bool_]:
        """Mask of the tokens that the tokenizer added, shape: (all tokens,)."""
        return self.sentences < 0

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the model's inputs by the names of prepared columns, each of shape (all tokens,)."""
        columns = {"input_ids": self.input_ids, "token_type_ids": self.token_type_ids}
        columns |= {span_column(layer): own for layer, own in enumerate(self.span_ids)}
        return {name: column for name, column in columns.items() if column is not None}

    def examples(self) -> Iterator[dict[str, Any]]:
        """Yield the inputs of each text, as ``SpanCollator`` expects them."""
        columns = self.columns()
        for start, end in zip(self.bounds[:-1].tolist(), self.bounds[1:].tolist(), strict=True):
            yield {name: column[start:end] for name, column in columns.items()}


class NoTokensError(ConfigurationError):
    """Error about a text for which the encoder has no input.

    ``NoTokensError(2, "text 2 (counted from 0)")``

    Parameters:
        text: index of the text among those that were tokenized.
        name: the text as the message names it.
    """

    def __init__(self, text: int, name: str) -> None:
        self.text = text
        super().__init__(
            f"{name} has no tokens: its characters have none, and the tokenizer adds no special tokens",
            hint="leave it out, or use another encoder",
        )


def text_without_tokens(tokens: SpanTokens) -> int | None:
    """Return the index of the first text without tokens; None without any."""
    empty = np.flatnonzero(tokens.bounds[1:] == tokens.bounds[:-1])
    return int(empty[0]) if empty.size else None


class SpanTokenizer:
    """Converts texts to tokens and spans, with the encoder's tokenizer and a segmenter aligned by character offsets.

    A token belongs to the span of its first character that is in a word. A token without such a character (white space,
    or an empty piece) belongs to the span of the next word of its sentence; after the last word, to the last span. All
    tokens of a sentence without words are one span. Every special token that the tokenizer adds is a separate span.
    Spans are numbered in each text from 0 in the order of their first tokens; a span that loses all its tokens to
    truncation has no number.

    ``SpanTokenizer(encoder.tokenizer, segmenter, max_tokens=128)(["The old man sat."])``

    Parameters:
        tokenizer: a fast tokenizer (one that returns character offsets).
        segmenter: splits each sentence into spans; the two sentences of a pair are segmented separately.
        max_tokens: longest sequence, special tokens included; longer ones are truncated, the longer sentence first.
        budget: truncates each sentence by whole spans instead; with several segmentations, by the spans of the first.

    Raises:
        ConfigurationError: a slow tokenizer, or ``max_tokens`` leaves no room for a token.
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
        """Return tokens and spans of every text, or of every pair of texts; for a few thousand texts at a time."""
        # The tokenizer works in a thread without the interpreter's lock, so segmentation costs almost no extra time.
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
    """Return whether each word begins a span, checked to be a partition in each layer, shape: (layers, words).

    Raises:
        ValueError: the segmenter does not return a bool for each word and layer, or the first word of a text begins no
            span.
    """
    # A wrong segmentation of a user's class would not fail later on, it would train a wrong model.
    begins = np.asarray(segmenter.layered_begins(words))
    firsts = words.bounds[:-1][np.diff(words.bounds) > 0]
    if begins.dtype != np.bool_ or begins.shape != (segmenter.layers, len(words)) or not begins[:, firsts].all():
        name = type(segmenter).__name__
        raise ValueError(
            f"{name}.begins must return one bool for each of the {len(words)} words, True for the first word of every "
            f"text, in {segmenter.layers} layers; it returned {begins.dtype}, shape {begins.shape}"
        )
    return begins


def words_of_tokens(tokens: TokenColumns, words: Words) -> NDArray[np.int64]:
    """Return the index of each token's word, shape: (all tokens,).

    It is the first word of the token's sentence that ends after the token's start, or the last word; -1 for special
    tokens and in sentences without words.
    """
    texts = len(tokens.bounds) - 1
    # The second sentences of all pairs follow the first ones, as in ``words``.
    sentence = np.repeat(np.arange(texts), np.diff(tokens.bounds)) + np.where(tokens.sentences > 0, texts, 0)
    # The sentences are laid end to end on one line of characters. Counting the words that have ended before each
    # character takes one cumulative sum; a search for each token would take log(words) steps.
    # One character more for each sentence, so that an offset at its end stays within it.
    stretch = np.zeros(len(words.bounds), dtype=np.int64)  # shape: (sentences + 1,)
    np.cumsum([len(text) + 1 for text in words.texts], out=stretch[1:])
    ended = np.zeros(stretch[-1] + 1, dtype=np.int64)
    ended[words.ends + np.repeat(stretch[:-1], np.diff(words.bounds))] = 1
    np.cumsum(ended, out=ended)
    found = np.minimum(ended.take(stretch.take(sentence) + tokens.starts), words.bounds.take(sentence + 1) - 1)
    # The minimum gives tokens after the last word to the last word. A sentence without words then has an index before
    # its first word, which is replaced by -1 below.
    _never_back(found, sentence, tokens.sentences < 0)
    found[(tokens.sentences < 0) | (found < words.bounds[sentence])] = -1
    return found


def _never_back(found: NDArray[np.int64], sentence: NDArray[np.int64], special: NDArray[np.bool_]) -> None:
    """Raise, in place, word indices that are smaller than that of the token before in the same sentence."""
    # A normalizer may insert or reorder characters, so that the offset of a token is before that of its predecessor.
    same = sentence[1:] == sentence[:-1]
    falls = same & (found[1:] < found[:-1]) & ~special[1:] & ~special[:-1]
    if falls.any():
        # A running maximum within each sentence: sentences are shifted apart by more than any index, and back.
        runs = np.append(0, np.cumsum(~same)) * (found.max() + 2)
        found[:] = np.maximum.accumulate(found + runs) - runs


def span_ids(tokens: TokenColumns, token_words: NDArray[np.int64], begins: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the index of each token's span in its text, shape: (all tokens,)."""
    # Tokens without a word have the index -1, which selects the 0 appended here.
    spans = np.append(np.cumsum(begins), 0)[token_words]  # shape: (all tokens,)
    # Spans are renumbered by their tokens: one whose tokens were all cut off must leave no gap in the numbers.
    new = np.ones(len(spans), dtype=np.bool_)
    new[1:] = (spans[1:] != spans[:-1]) | (tokens.sentences[1:] != tokens.sentences[:-1])
    new[tokens.sentences < 0] = True
    lengths = np.diff(tokens.bounds)
    firsts = tokens.bounds[:-1][lengths > 0]
    new[firsts] = True
    count = np.cumsum(new, dtype=np.int32)  # shape: (all tokens,)
    return count - np.repeat(count[firsts], lengths[lengths > 0])
