"""Where in a text do a dictionary's n-grams occur, for all words of a batch at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spanreg.dictionaries.base import about_dictionary, word_rule_of
from spanreg.registry import ConfigurationError
from spanreg.text.key_table import KeyTable
from spanreg.text.unicode.words import Words
from spanreg.text.vocabulary import Vocabulary

_NONE: Final = -1

_Look = Callable[[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]


class NgramMatches(NamedTuple):
    """Occurrences of n-grams of one length."""

    n: int
    "Words of each n-gram."
    positions: NDArray[np.int64]
    "The first word of each occurrence, ascending, shape: (matches,)."
    entries: NDArray[np.int32]
    "The n-gram's row in the dictionary's table, shape: (matches,)."


class NgramMatcher:
    """Finds all occurrences of a dictionary's n-grams among words.

    The n-grams form a trie whose edges stand in one exact hash table: (node, word) to node. A node of depth one is a
    word; the words at all positions of a text go down the trie together, one level at a time, and those without an edge
    drop out. Spellings that Unicode has for one word are one word here; of n-grams that differ in nothing else the
    first in the table is found.

    Parameters:
        table: a dictionary's table.

    Raises:
        ConfigurationError: the table's word rule is not registered, or has another version here.
    """

    def __init__(self, table: pa.Table) -> None:
        self._lowercase: bool = about_dictionary(table)["lowercase"]
        self._rule = word_rule_of(table)
        self._vocabulary = Vocabulary()
        self._edges = KeyTable()
        ngrams = self._rule.words_of(table["ngram"].to_pylist())
        codes = self._codes(ngrams, self._vocabulary.intern)
        distinct = np.unique(codes[codes >= 0])
        self._words = distinct.size
        self._word_of_code = np.full(self._vocabulary.codes + 1, _NONE, dtype=np.int32)
        self._word_of_code[distinct] = np.arange(distinct.size, dtype=np.int32)
        self._entry_of_edge = np.empty(0, dtype=np.int32)
        self._grow(self._word_of_code[codes], ngrams.bounds)
        self._goes_on = np.zeros(len(self._edges), dtype=np.bool_)
        parents = (self._edges.keys >> np.uint64(32)).astype(np.int64) - self._words
        self._goes_on[parents[parents >= 0]] = True

    def _grow(self, words: NDArray[np.int32], bounds: NDArray[np.int64]) -> None:
        """Adds the n-grams, of which the i-th is ``words[bounds[i]:bounds[i + 1]]``."""
        lengths = np.diff(bounds)
        lengths[np.unique(np.repeat(np.arange(lengths.size), lengths)[words == _NONE])] = 0  # can never be found
        entries = np.flatnonzero(lengths)
        nodes = words[bounds[entries]]
        for depth in range(1, int(lengths.max(initial=0))):
            longer = lengths[entries] > depth
            entries, nodes = entries[longer], nodes[longer]
            edges = self._edges.intern(_edge_keys(nodes, words[bounds[entries] + depth]))
            missing = len(self._edges) - self._entry_of_edge.size
            self._entry_of_edge = np.concatenate([self._entry_of_edge, np.full(missing, _NONE, dtype=np.int32)])
            ends = lengths[entries] == depth + 1
            # of n-grams of one spelling the first, which is the most frequent, is the last to be written
            self._entry_of_edge[edges[ends][::-1]] = entries[ends][::-1]
            nodes = edges + np.int32(self._words)

    def matches(self, words: Words) -> Iterator[NgramMatches]:
        """All occurrences, the shortest n-grams first; none reaches from one text into another.

        Raises:
            ConfigurationError: the words were found by another rule than the dictionary's.
        """
        if not len(words) or not self._words:
            return
        if words.rule != self._rule.version:
            problem = f"the words were found by {words.rule!r}, but the dictionary was made with {self._rule.version!r}"
            raise ConfigurationError(problem, hint="find them by the segmenter's own rule, segmenter.word_rule")
        ids = self._word_ids(words)
        continues = np.ones(ids.size, dtype=np.bool_)
        continues[words.bounds[1:] - 1] = False
        positions = np.flatnonzero((ids != _NONE) & continues)
        nodes = ids[positions]
        n = 1
        while positions.size:
            following = positions + n
            n += 1
            edges = self._edges.find(_edge_keys(nodes, ids[following]))
            found = np.flatnonzero(edges != _NONE)
            positions, edges, following = positions[found], edges[found], following[found]
            entries = self._entry_of_edge[edges]
            complete = entries != _NONE
            yield NgramMatches(n, positions[complete], entries[complete])
            onward = self._goes_on[edges] & continues[following]
            positions, nodes = positions[onward], edges[onward] + np.int32(self._words)

    def longest(self, words: Words) -> NDArray[np.int32]:
        """Words of the longest n-gram that begins at each word, 1 where there is none, shape: (words,)."""
        lengths = np.ones(len(words), dtype=np.int32)
        for found in self.matches(words):
            lengths[found.positions] = found.n
        return lengths

    def longest_ending(self, words: Words) -> NDArray[np.int32]:
        """Words of the longest n-gram that ends with each word, 1 where there is none, shape: (words,)."""
        lengths = np.ones(len(words), dtype=np.int32)
        for found in self.matches(words):
            lengths[found.positions + found.n - 1] = found.n
        return lengths

    def _word_ids(self, words: Words) -> NDArray[np.int32]:
        return self._word_of_code[self._codes(words, self._vocabulary.find)]

    def _codes(self, words: Words, look: _Look) -> NDArray[np.int64]:
        """Return the vocabulary's codes of words by their spellings, shape: (words,)."""
        text, changed, others = words.spellings(self._lowercase)
        codes = look(text, words.byte_starts, words.byte_ends)
        if changed.size:
            ends = np.cumsum([len(spelling) for spelling in others])
            starts = np.append(0, ends[:-1])
            codes[changed] = look(np.frombuffer(b"".join(others), np.uint8), starts, ends)
        return codes


def _edge_keys(nodes: NDArray[np.int32], words: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Node and word as one key; a missing word, -1, gives a key that no edge has."""
    return (nodes.astype(np.int64) << 32 | words.view(np.uint32)).view(np.uint64)
