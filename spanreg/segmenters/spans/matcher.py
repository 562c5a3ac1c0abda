"""Matching of a dictionary's n-grams, for all words of a batch at once."""

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
"Number of a missing word, edge or entry."

_Look = Callable[[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]


class NgramMatches(NamedTuple):
    """Occurrences of n-grams of one length."""

    n: int
    "Number of words in each n-gram."
    positions: NDArray[np.int64]
    "Index of each occurrence's first word, ascending, shape: (matches,)."
    entries: NDArray[np.int32]
    "Row of each occurrence's n-gram in the dictionary's table, shape: (matches,)."


class NgramMatcher:
    """Index that finds all occurrences of a dictionary's n-grams.

    The n-grams form a trie whose edges are in one exact hash table: (node, word) to node. A node of depth one is a
    word. All positions of a batch descend the trie together, one level at a time, and those without an edge are
    dropped: a few NumPy operations for each level, and few positions reach the deeper ones.

    Different Unicode spellings of a word are the same word; of n-grams with the same spelling, the first in the table
    is found.

    ``NgramMatcher(dictionary.table()).longest(words)``

    Parameters:
        table: table of a dictionary.

    Raises:
        ConfigurationError: the table's word rule is not registered, or has another version.
    """

    def __init__(self, table: pa.Table) -> None:
        self._lowercase: bool = about_dictionary(table)["lowercase"]
        self._rule = word_rule_of(table)
        self._vocabulary = Vocabulary()
        self._edges = KeyTable()
        ngrams = self._rule.words_of(table["ngram"].to_pylist())
        codes = self._codes(ngrams, self._vocabulary.intern)  # shape: (words of all n-grams,)
        # Codes of the vocabulary have gaps; words are numbered without any, so that nodes of words and of edges can
        # share one range of numbers. The last item of the table is for the code -1 of an unknown word.
        distinct = np.unique(codes[codes >= 0])
        self._words = distinct.size
        self._word_of_code = np.full(self._vocabulary.codes + 1, _NONE, dtype=np.int32)
        self._word_of_code[distinct] = np.arange(distinct.size, dtype=np.int32)
        self._entry_of_edge = np.empty(0, dtype=np.int32)
        self._grow(self._word_of_code[codes], ngrams.bounds)
        # Most positions end at a complete n-gram that nothing continues: they are dropped without another look-up.
        self._has_children = np.zeros(len(self._edges), dtype=np.bool_)
        # The upper half of an edge's key is its parent node; nodes below self._words are words, the others edges.
        parents = (self._edges.keys >> np.uint64(32)).astype(np.int64) - self._words
        self._has_children[parents[parents >= 0]] = True

    def _grow(self, words: NDArray[np.int32], bounds: NDArray[np.int64]) -> None:
        """Add the n-grams ``words[bounds[i]:bounds[i + 1]]`` to the trie."""
        lengths = np.diff(bounds)
        # A word of more than 255 bytes has no code: its n-gram is never found.
        lengths[np.unique(np.repeat(np.arange(lengths.size), lengths)[words == _NONE])] = 0
        entries = np.flatnonzero(lengths)
        nodes = words[bounds[entries]]
        for depth in range(1, int(lengths.max(initial=0))):
            longer = lengths[entries] > depth
            entries, nodes = entries[longer], nodes[longer]
            edges = self._edges.intern(_edge_keys(nodes, words[bounds[entries] + depth]))
            # Edges are numbered in the order in which they are added, so that the table only has to be extended.
            missing = len(self._edges) - self._entry_of_edge.size
            self._entry_of_edge = np.concatenate([self._entry_of_edge, np.full(missing, _NONE, dtype=np.int32)])
            ends = lengths[entries] == depth + 1
            # Written in reverse: of n-grams with the same spelling, the first, the most frequent one, remains.
            self._entry_of_edge[edges[ends][::-1]] = entries[ends][::-1]
            nodes = edges + np.int32(self._words)

    def matches(self, words: Words) -> Iterator[NgramMatches]:
        """Yield all occurrences within texts, the shortest n-grams first.

        Raises:
            ConfigurationError: the words have another rule than the dictionary.
        """
        if not len(words) or not self._words:
            return
        if words.rule != self._rule.version:
            problem = f"the words have the rule {words.rule!r}, and the dictionary {self._rule.version!r}"
            raise ConfigurationError(problem, hint="split texts with segmenter.word_rule")
        ids = self._word_of_code[self._codes(words, self._vocabulary.find)]  # shape: (words,)
        continues = np.ones(ids.size, dtype=np.bool_)
        continues[words.bounds[1:] - 1] = False  # the last word of a text has no next word
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
            complete = entries != _NONE  # others are only the beginning of longer n-grams
            yield NgramMatches(n, positions[complete], entries[complete])
            onward = self._has_children[edges] & continues[following]
            positions, nodes = positions[onward], edges[onward] + np.int32(self._words)

    def longest(self, words: Words) -> NDArray[np.int32]:
        """Return the length of the longest n-gram that begins at each word, 1 without any, shape: (words,)."""
        lengths = np.ones(len(words), dtype=np.int32)
        # Longer n-grams come later, and overwrite shorter ones.
        for found in self.matches(words):
            lengths[found.positions] = found.n
        return lengths

    def longest_ending(self, words: Words) -> NDArray[np.int32]:
        """Return the length of the longest n-gram that ends with each word, 1 without any, shape: (words,)."""
        lengths = np.ones(len(words), dtype=np.int32)
        for found in self.matches(words):
            lengths[found.positions + found.n - 1] = found.n
        return lengths

    def _codes(self, words: Words, look: _Look) -> NDArray[np.int64]:
        """Return the vocabulary's code of each word's spelling, shape: (words,)."""
        text, changed, others = words.spellings(self._lowercase)
        # All words are looked up in the text itself, and the few whose spelling differs again, in a text made of these.
        codes = look(text, words.byte_starts, words.byte_ends)
        if changed.size:
            ends = np.cumsum([len(spelling) for spelling in others])
            starts = np.append(0, ends[:-1])
            codes[changed] = look(np.frombuffer(b"".join(others), np.uint8), starts, ends)
        return codes


def _edge_keys(nodes: NDArray[np.int32], words: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return keys of (node, word); an unknown word, -1, yields a key that no edge has."""
    return (nodes.astype(np.int64) << 32 | words.view(np.uint32)).view(np.uint64)
