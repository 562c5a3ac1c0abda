"""Segmentation with the highest total score, by dynamic programming."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import ConfigurationError, Inherited, suggest
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.lookup import LookupSegmenter
from spanreg.segmenters.max_match import certain_begins
from spanreg.segmenters.spans.matcher import NgramMatcher
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule

_Scores = NDArray[np.float64]


@Segmenter.register("viterbi")
class ViterbiSegmenter(LookupSegmenter):
    """Segmentation into n-grams and single words with the highest total score; registered as ``viterbi``.

    The total is the sum over the spans of the n-grams' scores, and of ``word_score`` for spans of one word. Among equal
    totals, the segmentation with the fewest spans wins, then the one with the longest last span, then with the longest
    second to last, and so on. Sums are computed from left to right in double precision, and start again at every word
    that no n-gram spans.

    ``segmenter: { type: 'viterbi', score: 'pmi', word_score: 0 }``

    Source: unigram language model segmentation; Zhao and Kit, 2008.

    Parameters:
        dictionary: dictionary of n-grams and their scores; default: that of the config.
        score: numeric column of the dictionary: ``count`` (default), or the name of a scorer.
        scale: ``linear`` (default) uses a score s unchanged; ``log`` uses ln(1 + s), so that very frequent n-grams do
            not dominate, and needs scores that are not negative.
        word_score: score of a span of one word; default 0.
        words: word rule, which must be that of the dictionary; default: that of the dictionary.

    Raises:
        ConfigurationError: the dictionary cannot be created or read, has another word rule than ``words``, or has no
            such column; a score is not finite, or is negative with ``scale: 'log'``.
    """

    def __init__(
        self,
        dictionary: Inherited[SpanDictionary],
        score: str = "count",
        scale: Literal["linear", "log"] = "linear",
        word_score: float = 0.0,
        words: WordRule | None = None,
    ) -> None:
        super().__init__(dictionary, words)
        self._score = score
        self._scale = scale
        self._word_score = word_score
        self._loaded: tuple[NgramMatcher, _Scores] | None = None

    def begins(self, words: Words) -> NDArray[np.bool_]:
        if self._loaded is None:
            table = self._dictionary.table()
            self._loaded = NgramMatcher(table), self._scores(table)
        matcher, scores = self._loaded
        lattice = _Lattice(len(words))
        for found in matcher.matches(words):
            lattice.add(found.n, found.positions, scores[found.entries])
        return lattice.best(self._word_score)

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "viterbi",
                "score": self._score,
                "scale": self._scale,
                "word_score": self._word_score,
                "scores": hashlib.sha256(self._scores(self._dictionary.table()).tobytes()).hexdigest(),
                "dictionary": self._dictionary.fingerprint(),
                "word_rule": self.word_rule.version,
            }
        )

    def _scores(self, table: pa.Table) -> _Scores:
        """Return the scaled score of every entry, shape: (entries,)."""
        numeric = [field.name for field in table.schema if is_numeric_type(field.type)]
        if self._score not in numeric:
            problem = f"the dictionary has no numeric column '{self._score}'"
            raise ConfigurationError(problem, path="score", hint=suggest(self._score, numeric, "columns"))
        scores: _Scores = table[self._score].to_numpy().astype(np.float64)
        bad = ~np.isfinite(scores) if self._scale == "linear" else ~(np.isfinite(scores) & (scores >= 0))
        if bad.any():
            row = int(np.argmax(bad))
            wanted = "finite" if self._scale == "linear" else "finite and not negative"
            problem = f"'{table['ngram'][row]}' has {self._score} {scores[row]}, and scores must be {wanted}"
            raise ConfigurationError(problem, path="score", hint="use another column, or filter such n-grams")
        return scores if self._scale == "linear" else np.log1p(scores)


def is_numeric_type(kind: pa.DataType) -> bool:
    """Return True if a column of this type can be a score."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


class _Step(NamedTuple):
    """The words at one depth of all islands."""

    depth: int
    "Number of words before them in their island."
    words: NDArray[np.int64]
    "Indices of the words, shape: (islands of more words than the depth,)."


class _Lattice:
    """Occurrences of scored n-grams, and the best path through them.

    An island is a run of words that is connected by occurrences; the best path of each is independent of the others.
    All islands are processed together, one word deeper in each step, so that Python loops over the words of the longest
    island and not over those of all texts.
    """

    def __init__(self, words: int) -> None:
        self._longest = np.ones(words, dtype=np.int32)
        self._scores: dict[int, _Scores] = {}

    def add(self, n: int, positions: NDArray[np.int64], scores: _Scores) -> None:
        """Add occurrences of n-grams of n words, which must be longer than all that were added before."""
        if positions.size:
            self._longest[positions] = n
            # By the last word: the recurrence looks for the n-grams that end with a word.
            self._scores[n] = np.full(self._longest.size, -np.inf)
            self._scores[n][positions + n - 1] = scores

    def best(self, word_score: float) -> NDArray[np.bool_]:
        """Return True for each word that begins a span of the best path, shape: (words,)."""
        begins = certain_begins(self._longest)  # the first words of islands
        # Of the best path that ends with each word: length of its last span, total score, number of spans.
        lengths = np.ones(begins.size, dtype=np.int64)
        totals = np.full(begins.size, word_score)
        spans = np.ones(begins.size, dtype=np.int64)
        for depth, at in _steps(begins):
            # A span of one word first, then n-grams that are at least as good. Islands share no word, so that all
            # words of one depth can be updated at once.
            totals[at] = totals[at - 1] + word_score
            spans[at] = spans[at - 1] + 1
            # From short to long: among equal totals and numbers of spans, the longest last span wins.
            for n in (n for n in self._scores if n <= depth + 1):
                self._extend(n, at[self._scores[n][at] > -np.inf], whole=n == depth + 1, path=(totals, spans, lengths))
        return _traced_begins(begins, lengths)

    def _extend(
        self,
        n: int,
        ends: NDArray[np.int64],
        whole: bool,
        path: tuple[_Scores, NDArray[np.int64], NDArray[np.int64]],
    ) -> None:
        """Update the best paths that end at ``ends`` with n-grams of n words; ``whole`` if these begin the island."""
        # Before an n-gram that begins the island there is no path of this island; the words there are of another one.
        totals, spans, lengths = path
        total = self._scores[n][ends] + (0.0 if whole else totals[ends - n])
        count = 1 if whole else spans[ends - n] + 1
        # "At most as many spans", because the lengths come in ascending order and the longest wins a tie.
        better = (total > totals[ends]) | (total == totals[ends]) & (count <= spans[ends])
        ends = ends[better]
        totals[ends] = total[better]
        spans[ends] = 1 if whole else spans[ends - n] + 1
        lengths[ends] = n


def _steps(certain: NDArray[np.bool_]) -> Iterator[_Step]:
    """Yield the words of all islands by depth, without first words, whose path is known."""
    starts = np.flatnonzero(certain)
    sizes = np.diff(np.append(starts, certain.size))
    # The first word of an island has only one path.
    starts, sizes = starts[sizes > 1], sizes[sizes > 1]
    depth = 1
    while starts.size:
        yield _Step(depth, starts + depth)
        depth += 1
        starts, sizes = starts[sizes > depth], sizes[sizes > depth]


def _traced_begins(certain: NDArray[np.bool_], lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return True for each word that begins a span, by the best path of each island from its last word to its first."""
    # A path is stored as the length of its last span: one number for each word, where whole paths would grow with it.
    begins = certain.copy()
    at = np.flatnonzero(np.append(certain[1:], True)[: certain.size])
    while at.size:
        first = at - lengths[at] + 1
        begins[first] = True
        at = first[~certain[first]] - 1
    return begins
