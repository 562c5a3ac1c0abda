"""Longest match as in the released code of span fine-tuning: with a window that never grows again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import AtLeast, ConfigurationError, Inherited
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.lookup import LookupSegmenter
from spanreg.segmenters.max_match import forward_begins
from spanreg.segmenters.spans.matcher import NgramMatcher
from spanreg.text.unicode.utf8 import lowered
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule


@Segmenter.register("released_max_match")
class ReleasedMaxMatchSegmenter(LookupSegmenter):
    """Cuts off the longest n-gram from the left, as the released code does: near the end of a text it misses some.

    Words are those between white space of the lower-cased text, unless ``words`` names another rule. A window of w
    words, w = ``max_n`` at the start of a text of N words, goes from the first word to the last. At word i:

    1. if i + w > N, then w becomes N - 1 - i, and never grows again;
    2. the n-grams of w, w - 1, ..., 2 words that begin at i are looked up in this order; the first one that the
       dictionary has becomes a span, otherwise word i is a span of its own;
    3. i moves behind the span.

    So "new york" alone stays uncut, and so does the end of "they sold it new york". Registered as
    ``released_max_match``.

    Source: the released code of Bao, Zhang and Zhao, Findings of EMNLP 2021.

    Parameters:
        dictionary: the n-grams, of words between white space; that of the config by default. They are looked up in
            lower case, however they were sampled.
        max_n: the first width of the window, in words; 5 by default.
        words: the rule by which words are found, which must be that of the dictionary; ``whitespace``, as released, by
            default.

    Raises:
        ConfigurationError: the dictionary cannot be made or read, or was made with another word rule than ``words``.
    """

    words_by_default: ClassVar[str | None] = "whitespace"

    def __init__(
        self,
        dictionary: Inherited[SpanDictionary],
        max_n: Annotated[int, AtLeast(2)] = 5,
        words: WordRule | None = None,
    ) -> None:
        super().__init__(dictionary, words or WordRule.by_name("whitespace")())
        self._max_n = max_n
        self._matcher: NgramMatcher | None = None

    def begins(self, words: Words) -> NDArray[np.bool_]:
        if words.rule != self.word_rule.version:
            problem = f"the words were found by {words.rule!r}, and not by {self.word_rule.version!r}"
            raise ConfigurationError(problem, hint="find them by the segmenter's own rule, segmenter.word_rule")
        if self._matcher is None:
            self._matcher = NgramMatcher(_lower_table(self._dictionary.table(), self._lower))
        return begins_in_window(self._longest_within(self._matcher, self._lower_words(words)), words.bounds)

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "released_max_match",
                "max_n": self._max_n,
                "dictionary": self._dictionary.fingerprint(),
                "word_rule": self.word_rule.version,
            }
        )

    @property
    def _lower(self) -> Callable[[str], str]:
        """How texts and n-grams are lower-cased.

        By Python's rules, which move no white space, but may move what other word rules go by; with these, letter by
        letter and keeping their lengths (see ``spanreg.text.unicode.words``).
        """
        return str.lower if self.word_rule.name == "whitespace" else lower_letters

    def _lower_words(self, words: Words) -> Words:
        """Return the words of the lower-cased texts, which are as many."""
        return self.word_rule.words_of([self._lower(text) for text in words.texts])

    def _longest_within(self, matcher: NgramMatcher, words: Words) -> NDArray[np.int32]:
        """Return for every window the longest n-gram in it that begins at each word, shape: (max_n + 1, words)."""
        longest = np.ones((self._max_n + 1, len(words)), dtype=np.int32)
        for found in matcher.matches(words):
            longest[found.n :, found.positions] = found.n  # none where the n-grams are longer than the windows
        return longest


def begins_in_window(longest: NDArray[np.int32], bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which words begin a span where the window shrinks near the end of each text, shape: (words,).

    As long as the whole window lies in the text, this is longest match from the left. The few words behind are gone
    through in all texts together, one span after the other.

    Args:
        longest: for every width of the window the longest n-gram in it that begins at each word, 1 where there is none,
            shape: (widest + 1, words).
        bounds: the words of text i are bounds[i] to bounds[i + 1], shape: (texts + 1,).
    """
    widest, ends = len(longest) - 1, bounds[1:]
    to_end = np.repeat(ends, np.diff(bounds)) - np.arange(longest.shape[1])
    begins = forward_begins(np.where(to_end < widest, 1, longest[widest]).astype(np.int32))
    # Among the last words, each one behind the first that begins a span does, too.
    before = np.append(0, np.cumsum(begins))
    at = ends - (before[ends] - before[np.maximum(bounds[:-1], ends - widest + 1)])
    window = np.full(at.size, widest)
    while (inside := at < ends).any():
        at, ends, window = at[inside], ends[inside], window[inside]
        window = np.where(at + window > ends, ends - 1 - at, window)
        spans = longest[window, at]
        for step in range(1, int(spans.max())):
            begins[at[spans > step] + step] = False
        at = at + spans
    return begins


def lower_letters(text: str) -> str:
    """Return a text in lower case, letter by letter; each keeps its length in UTF-8."""
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    return lowered(data).tobytes().decode("utf-8", "surrogatepass")


def _lower_table(table: pa.Table, lower: Callable[[str], str]) -> pa.Table:
    """Return a dictionary's table with its n-grams lower-cased as texts are."""
    return table.set_column(
        0, table.schema.field(0), pa.array(list(map(lower, table["ngram"].to_pylist())), pa.string())
    )
