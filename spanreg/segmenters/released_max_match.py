"""Longest match of the paper's released code, with a window that only shrinks."""

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
    """Longest match from the left with the released code's window; registered as ``released_max_match``.

    Words are separated by white space in the lower-cased text, unless ``words`` names another rule. A window of w
    words, initially ``max_n``, moves over a text of N words. At word i:

    1. if i + w > N, then w becomes N - 1 - i, and never grows again;
    2. the n-grams of w, w - 1, ..., 2 words that begin at i are looked up in this order; the first one in the
       dictionary becomes a span, and without any, word i does;
    3. i moves to the word after the span.

    So n-grams near the end of a text are missed: a text "new york", and the end of "they sold it new york", become
    spans of one word. ``max_match`` finds them.

    ``segmenter: { type: 'released_max_match', max_n: 5 }``

    Source: the released code of Bao, Zhang and Zhao, Findings of EMNLP 2021.

    Parameters:
        dictionary: dictionary of n-grams, looked up in lower case; default: that of the config.
        max_n: initial width of the window, in words; default 5.
        words: word rule, which must be that of the dictionary; default ``whitespace``, as released.

    Raises:
        ConfigurationError: the dictionary cannot be created or read, or has another word rule than ``words``.
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
            problem = f"the words have the rule {words.rule!r}, and the segmenter {self.word_rule.version!r}"
            raise ConfigurationError(problem, hint="split texts with segmenter.word_rule")
        if self._matcher is None:
            table = self._dictionary.table()
            # The released code has lower-cased n-grams only; a dictionary with case is used like one.
            ngrams = pa.array(map(self._lower, table["ngram"].to_pylist()), pa.string())
            self._matcher = NgramMatcher(table.set_column(0, table.schema.field(0), ngrams))
        # Texts are lower-cased by ``str.lower`` before they are split, as released; words of the other segmenters keep
        # the size of every letter. The number of words is the same, so that the result is valid for ``words``.
        lower = self.word_rule.words_of([self._lower(text) for text in words.texts])
        # Every width that the window may have, since the loop reaches each position with a width known only then.
        longest = np.ones((self._max_n + 1, len(lower)), dtype=np.int32)  # shape: (max_n + 1, words)
        for found in self._matcher.matches(lower):
            longest[found.n :, found.positions] = found.n  # no row if the n-gram is longer than max_n
        return begins_in_window(longest, words.bounds)

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
        """Function that lower-cases texts and n-grams."""
        # str.lower keeps white space in place, but may change the lengths of letters that other word rules depend on.
        return str.lower if self.word_rule.name == "whitespace" else lower_letters


def begins_in_window(longest: NDArray[np.int32], bounds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return True for each word that begins a span, with a window that shrinks near the end of each text.

    Args:
        longest: length of the longest n-gram at each word for every window width, 1 without any, shape: (widest + 1,
            words).
        bounds: text i has the words ``bounds[i]`` to ``bounds[i + 1]``, shape: (texts + 1,).

    Returns:
        Shape: (words,).
    """
    # While the whole window is within the text, this is plain longest match. Only the last words, fewer than the window
    # is wide, need the loop below, which handles all texts at once.
    widest, ends = len(longest) - 1, bounds[1:]
    to_end = np.repeat(ends, np.diff(bounds)) - np.arange(longest.shape[1])
    begins = forward_begins(np.where(to_end < widest, 1, longest[widest]).astype(np.int32))
    # Lengths of the last words were set to 1, so each of them begins a span unless an n-gram from further left covers
    # it. The loop starts at the first of them that begins one: their number is counted from the end of the text.
    before = np.append(0, np.cumsum(begins))
    at = ends - (before[ends] - before[np.maximum(bounds[:-1], ends - widest + 1)])
    window = np.full(at.size, widest)
    while (inside := at < ends).any():
        at, ends, window = at[inside], ends[inside], window[inside]
        window = np.where(at + window > ends, ends - 1 - at, window)  # rule 1, and below rules 2 and 3
        spans = longest[window, at]
        for step in range(1, int(spans.max())):
            begins[at[spans > step] + step] = False
        at = at + spans
    return begins


def lower_letters(text: str) -> str:
    """Return a text in lower case; letters whose length in UTF-8 would change are kept."""
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    return lowered(data).tobytes().decode("utf-8", "surrogatepass")
