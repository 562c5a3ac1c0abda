"""Sampling in shards, by stateless tasks that can be repeated on any machine with the same result.

Every pass reads the corpus again, so that no data has to survive between tasks. The first pass counts words. A later
pass counts the n-grams of one length: each task converts its shard to frequent (n-1)-grams, counts pairs of neighbours,
and returns them in ranges of keys; for each range, another task adds the counts of all shards.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.sampling.corpus import TextCorpus
from spanreg.dictionaries.sampling.counting import (
    IdPairs,
    PairCounter,
    PairCounts,
    covered_words,
    neighbours,
    number_pairs,
)
from spanreg.dictionaries.sampling.executors import ShardExecutor
from spanreg.dictionaries.sampling.ngrams import next_level, single_words
from spanreg.dictionaries.sampling.reading import SamplingProgress, with_gaps
from spanreg.dictionaries.sampling.streams import GAP
from spanreg.dictionaries.sampling.word_options import WordOptions
from spanreg.scorers.base import NgramLevel, NgramSample
from spanreg.text.key_table import KeyTable
from spanreg.text.vocabulary import Vocabulary

_SHARD_PAIRS: Final = 1 << 23
"Number of distinct pairs that a task holds in memory, 0.13 GB; several tasks share a machine."


class KnownNgrams(NamedTuple):
    """Results of earlier passes."""

    words: list[str]
    "Frequent words, by id."
    levels: list[NDArray[np.uint64]]
    "For each n from 2, the frequent pairs of (n-1)-grams, by the id of the n-gram."
    options: WordOptions


def sample_shards(
    shards: Sequence[TextCorpus],
    executor: ShardExecutor,
    *,
    max_n: int,
    min_count: int,
    options: WordOptions | None = None,
    report: Callable[[SamplingProgress], None] = lambda step: None,
) -> NgramSample:
    """Return the sample of ``sample_ngrams`` without needs, with n-grams in another order.

    Args:
        shards: parts of the corpus; no n-gram crosses from one to another.
        executor: executor of the tasks.
        max_n: length of the longest n-grams, in words.
        min_count: lowest number of occurrences.
        options: word options; default: those of ``WordOptions()``.
        report: called after each pass.
    """
    options = options or WordOptions()
    total, counts = _merge_words(executor, shards, options)
    report(SamplingProgress("words", total, 1.0))
    words = sorted(word for word, count in counts.items() if count >= min_count)  # ids must not depend on the shards
    word_counts = np.array([counts[word] for word in words], dtype=np.int64)
    known, levels, covered = KnownNgrams(words, [], options), list[NgramLevel](), 0
    for n in range(2, max(max_n, 3) + 1):  # the pass for n = 3 computes what bigrams cover
        if n > 3 and not levels[-1].counts.size:
            break  # no longer n-gram is frequent either
        counted, below = _count_level(executor, shards, known, min_count)
        covered = below if n == 3 else covered
        if n <= max_n:
            levels.append(next_level(levels[-1].words if levels else single_words(len(words)), counted))
            known = known._replace(levels=[*known.levels, counted.keys])
            report(SamplingProgress(f"{n}-grams", total, 1.0))
    return NgramSample(words, word_counts, levels, total, covered)


def _merge_words(
    executor: ShardExecutor, shards: Sequence[TextCorpus], options: WordOptions
) -> tuple[int, Counter[str]]:
    """Return the number of words of all shards, and the counts of those that n-grams may contain."""
    counts: Counter[str] = Counter()
    total = 0
    # Gathered shard by shard, so that this process has the words of one shard in memory beside their sums.
    for shard in executor.scatter(count_shard_words, [(shard, options) for shard in shards], 2):
        [(words, found)] = executor.gather(return_results, [shard])
        total += words
        for word, count in found.items():
            counts[word] += count
    return total, counts


def _count_level(
    executor: ShardExecutor, shards: Sequence[TextCorpus], known: KnownNgrams, min_count: int
) -> tuple[PairCounts, int]:
    """Return the frequent pairs of the last known level, and the number of words that level covers."""
    ranges = max(1, len(shards))  # as many tasks for adding up as for counting
    shared = executor.share(known)
    scattered = executor.scatter(count_pairs, [(shard, shared, ranges) for shard in shards], ranges + 1)
    added = executor.gather(add_counts, [[min_count, *column] for column in zip(*scattered, strict=True)][:-1])
    covered = executor.gather(return_results, [[shard[-1] for shard in scattered]])[0]  # the last result of each task
    keys, counts = ([part[place] for part in added] for place in range(2))
    return PairCounts(np.concatenate(keys), np.concatenate(counts)), sum(covered)


def return_results(*results: object) -> tuple[object, ...]:
    """Task that fetches the results of other tasks."""
    return results


def count_shard_words(shard: TextCorpus, options: WordOptions) -> tuple[int, dict[str, int]]:
    """Task of the first pass: return the number of words in the shard, and counts of those that n-grams may contain."""
    vocabulary, total = Vocabulary(), 0
    counts = np.zeros(0, dtype=np.int64)
    for block in shard.blocks(whole_lines=True):
        text_words = options.words_of(np.frombuffer(block, dtype=np.uint8))
        codes = vocabulary.intern(text_words.forms, text_words.starts, text_words.ends)
        total += codes.size
        codes[text_words.excluded] = GAP
        # The vocabulary grows with every block, and so does the length of the counts.
        found = np.bincount(codes[codes >= 0], minlength=vocabulary.codes)
        found[: counts.size] += counts
        counts = found
    present = np.flatnonzero(counts)
    words = vocabulary.spell(present)
    return total, dict(zip(words, counts[present].tolist(), strict=True))


def count_pairs(shard: TextCorpus, known: KnownNgrams, ranges: int) -> tuple[PairCounts | int, ...]:
    """Task of a later pass: return the pairs of the last known level by ranges of keys, and the words it covers."""
    covered = 0

    def pairs() -> Iterator[IdPairs]:
        nonlocal covered
        for ids in _known_ids(shard, known):
            covered += covered_words(np.append(False, ids != GAP))
            yield neighbours(ids)[0]

    with tempfile.TemporaryDirectory(prefix="spanreg-shard-") as folder:
        counter = PairCounter(Path(folder), _SHARD_PAIRS)
        counter.add(pairs())
        counted = counter.counted(1)  # all pairs: one that is rare here may be frequent in all shards together
    size = known.levels[-1].size if known.levels else len(known.words)
    # Ranges of the first id, which is in the upper half of a key.
    splits = np.array([part * size // ranges for part in range(1, ranges)], dtype=np.uint64) << np.uint64(32)
    cuts = [0, *np.searchsorted(counted.keys, splits).tolist(), counted.keys.size]
    parts = [
        PairCounts(counted.keys[cuts[part] : cuts[part + 1]], counted.counts[cuts[part] : cuts[part + 1]])
        for part in range(ranges)
    ]
    return (*parts, covered)


def add_counts(min_count: int, *parts: PairCounts) -> PairCounts:
    """Task of a range of keys: return the frequent pairs with their sums over all shards."""
    keys = np.concatenate([part.keys for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    distinct, place = np.unique(keys, return_inverse=True)
    sums = np.zeros(distinct.size, dtype=np.int64)
    # Not bincount, whose weighted sums are floats.
    np.add.at(sums, place, counts)
    frequent = sums >= min_count
    return PairCounts(distinct[frequent], sums[frequent])


def _known_ids(shard: TextCorpus, known: KnownNgrams) -> Iterator[NDArray[np.int32]]:
    """Yield the shard as ids of the last known level, in blocks of whole lines, which no n-gram crosses."""
    vocabulary, id_of_code = _vocabulary_of(known.words)
    tables = [KeyTable(keys) for keys in known.levels]
    for block in shard.blocks(whole_lines=True):
        text = np.frombuffer(block, dtype=np.uint8)
        words = known.options.words_of(text)
        codes = vocabulary.find(words.forms, words.starts, words.ends)
        known_words = id_of_code[codes].astype(np.int64)
        known_words[words.excluded] = GAP
        ids, _, _ = with_gaps(block, text, words.starts, known_words)
        # Words to bigrams, bigrams to trigrams, and so on: the passes of ``sample_ngrams``, for one block in memory.
        for table in tables:
            ids = number_pairs(ids, table)
        yield ids


def _vocabulary_of(words: Sequence[str]) -> tuple[Vocabulary, NDArray[np.int32]]:
    """Return a vocabulary of the words, and the id of each code; codes without a word, and -1, map to a gap."""
    # The words in one array with a separator after each, as ``intern`` expects a text.
    encoded = [word.encode() for word in words]
    lengths = np.array([len(word) for word in encoded], dtype=np.int64)
    ends = np.cumsum(lengths + 1) - 1
    vocabulary = Vocabulary()
    codes = vocabulary.intern(np.frombuffer(b" ".join([*encoded, b""]), dtype=np.uint8), ends - lengths, ends)
    ids = np.full(vocabulary.codes + 1, GAP, dtype=np.int32)
    ids[codes] = np.arange(codes.size, dtype=np.int32)
    return vocabulary, ids
