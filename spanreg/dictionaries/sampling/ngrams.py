"""Sampling of all frequent n-grams of a corpus, with exact counts, in bounded memory.

The corpus is read once: every word becomes an id in a stream on disk, with gaps that no n-gram may cross. Then levels
n = 2, 3, ... follow. An n-gram can only be frequent if its first and its last n - 1 words are, so level n counts the
pairs of neighbours in the stream of frequent (n-1)-grams, by sorting, and writes the stream of frequent n-grams. It is
exact, and saves counting most of the rare n-grams: a part of them is rare already.

Each pass splits its stream into blocks for several threads; the result does not depend on their number.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.sampling.checkpoint import SamplingState, load_state, save_state, working_folder
from spanreg.dictionaries.sampling.counting import (
    BUDGET_PAIRS,
    PairCounter,
    PairCounts,
    covered_words,
    neighbours,
    number_pairs,
    unpack,
)
from spanreg.dictionaries.sampling.ngram_statistics import PlaceStreams, Visit, with_statistics
from spanreg.dictionaries.sampling.reading import ReadCorpus, ReportProgress, SamplingProgress, count_words, read_words
from spanreg.dictionaries.sampling.streams import GAP, IdStream
from spanreg.dictionaries.sampling.threads import OrderedThreadPool
from spanreg.dictionaries.sampling.word_options import WordOptions
from spanreg.scorers.base import Need, NgramLevel, NgramSample
from spanreg.text.key_table import KeyTable

_logger = logging.getLogger(__name__)


def sample_ngrams(
    blocks: Iterable[bytes],
    *,
    max_n: int,
    min_count: int,
    options: WordOptions | None = None,
    needs: Collection[Need] = (),
    visit: Visit | None = None,
    report: ReportProgress = lambda step: None,
    budget: int = BUDGET_PAIRS,
    jobs: int = 1,
    key: str = "",
) -> NgramSample:
    """Return the n-grams of 2 to ``max_n`` words with at least ``min_count`` occurrences.

    Args:
        blocks: text in valid UTF-8, split between words; each block ends with a separator. A line feed ends a document,
            a vertical tab a paragraph within it; no n-gram crosses either.
        max_n: length of the longest n-grams, in words.
        min_count: lowest number of occurrences.
        options: word options; default: those of ``WordOptions()``.
        needs: statistics to compute in addition to counts.
        visit: called for every n with occurrences of n-grams and their documents, counted from 0.
        report: called with the progress.
        budget: number of distinct pairs in memory, of 16 bytes each; more are spilled to disk.
        jobs: number of threads; the result is the same.
        key: hexadecimal digits of corpus and options, to resume a sampling; must not be combined with ``visit``.

    Raises:
        ConfigurationError: the disk is full.
    """
    with working_folder(key) as (folder, lasting), OrderedThreadPool(jobs) as threads:
        resources = _Resources(folder, lasting, threads, budget)
        # The levels of an earlier process are not visited again, which is why ``key`` excludes ``visit``.
        state = load_state(folder) if lasting else None
        if state is None:
            with_places = bool(needs) or visit is not None
            chosen = options or WordOptions()
            corpus = read_words(blocks, folder, chosen, with_places=with_places, report=report, threads=threads)
            state = _keep_frequent(resources, corpus, min_count)
            _finish(resources, corpus.stream, state)
        else:
            _logger.info("Resuming an interrupted sampling: %d passes are done", 1 + len(state.sample.levels))
        while (n := _next_length(state.sample, max_n)) is not None:
            before = state.stream
            counted = _count_neighbours(resources, before, min_count, f"{n}-grams", report)
            state = _with_level(resources, state, counted, is_last=n == max_n)
            state = _with_statistics(resources, state, needs, visit)
            _finish(resources, before, state)
        return state.sample


def _next_length(sample: NgramSample, max_n: int) -> int | None:
    """Return the length of the n-grams to count next; None after the last one, or if no longer one can be frequent."""
    n = len(sample.levels) + 2
    # An n-gram is at most as frequent as the shorter ones in it.
    is_empty = bool(sample.levels) and not sample.levels[-1].counts.size
    return None if n > max_n or is_empty else n


class _Resources(NamedTuple):
    """Folder, threads and memory of a sampling."""

    folder: Path
    "Folder for streams and spilled counts."
    lasting: bool
    "True if a later call finds the folder again."
    threads: OrderedThreadPool
    budget: int
    "Number of distinct pairs in memory."

    def counter(self) -> PairCounter:
        """Return a new counter."""
        return PairCounter(self.folder, self.budget, self.threads)


def _finish(resources: _Resources, before: IdStream, state: SamplingState) -> None:
    """Save the state after a pass, and remove the stream that the pass has read if it is no longer needed."""
    # In this order: a process that is killed in between can still resume.
    if resources.lasting:
        save_state(resources.folder, state)
    # The stream of all words is read again at every level if scorers need neighbours.
    if before not in (state.stream, state.words):
        before.remove()


def _keep_frequent(resources: _Resources, corpus: ReadCorpus, min_count: int) -> SamplingState:
    """Return the state with the frequent words numbered by descending count, and gaps for the others."""
    counts = count_words(corpus, resources.threads)
    codes = np.flatnonzero(counts >= min_count)
    spelt = corpus.vocabulary.spell(codes)
    # Codes depend on the order of threads; by count and spelling, the numbering does not.
    order = sorted(range(codes.size), key=lambda word: (-counts[codes[word]], spelt[word]))
    renumbered = np.full(counts.size + 1, GAP, dtype=np.int32)  # a gap is -1 and selects the last entry, a gap
    renumbered[codes[order]] = np.arange(codes.size)
    # Rare words become gaps: no frequent n-gram contains one. Merging runs of gaps then shortens every later stream.
    # With documents, this stream must stay aligned with theirs, so gaps cannot be merged.
    with IdStream(resources.folder / "frequent.ids", merge_gaps=corpus.documents is None) as stream:

        def renumber(places: slice) -> NDArray[np.int32]:
            return stream.kept(renumbered.take(corpus.stream.read(places)))

        for ids in resources.threads.map(renumber, corpus.stream.blocks()):
            stream.append(ids)
    words = None if corpus.documents is None else corpus.stream
    sample = NgramSample([spelt[word] for word in order], counts[codes[order]], [], corpus.total_words, 0)
    return SamplingState(sample, stream, words, corpus.documents)


def _count_neighbours(
    resources: _Resources, stream: IdStream, min_count: int, stage: str, report: ReportProgress
) -> PairCounts:
    """Return the frequent pairs of neighbours in a stream."""
    counter = resources.counter()

    def blocks() -> Iterator[slice]:
        # Blocks overlap by one place, so that the pair of a block's last id and the next block's first is counted once.
        for places in stream.overlapping_blocks(counter.at_once):
            yield places
            report(SamplingProgress(stage, places.stop, places.stop / stream.size))

    counter.count(lambda places: neighbours(stream.read(places))[0], blocks())
    return counter.counted(min_count)


def _with_level(resources: _Resources, state: SamplingState, counted: PairCounts, *, is_last: bool) -> SamplingState:
    """Return the state after one more level, with its stream if that is needed."""
    sample, stream = state.sample, state.stream
    level = next_level(sample.levels[-1].words if sample.levels else single_words(len(sample.words)), counted)
    # The last stream is only read for neighbours and documents, that of bigrams also for the number of covered words.
    if not is_last or level.n == 2 or state.words is not None:
        stream = _next_stream(resources, stream, counted, f"{level.n}-grams.ids")
    covered = _covered(resources, stream) if level.n == 2 else sample.covered_words
    sample = replace(sample, levels=[*sample.levels, level], covered_words=covered)
    return replace(state, sample=sample, stream=stream)


def single_words(size: int) -> NDArray[np.int32]:
    """Return n-grams of one word each, for ``next_level``, shape: (size, 1)."""
    return np.arange(size, dtype=np.int32)[:, np.newaxis]


def next_level(below: NDArray[np.int32], counted: PairCounts) -> NgramLevel:
    """Return the level of the n-grams that frequent pairs of (n-1)-grams form.

    Args:
        below: words of the (n-1)-grams, shape: (entries of the level below, n - 1).
        counted: the pairs.
    """
    prefixes, suffixes = unpack(counted.keys)
    # Two neighbouring (n-1)-grams overlap: an n-gram is the first of them and the last word of the second.
    words = np.concatenate([below[prefixes], below[suffixes, -1:]], axis=1)  # shape: (entries, n)
    return NgramLevel(words, counted.counts, prefixes, suffixes)


def _with_statistics(
    resources: _Resources, state: SamplingState, needs: Collection[Need], visit: Visit | None
) -> SamplingState:
    """Return the state with the needed statistics of the last level's neighbours and documents."""
    if state.words is None or state.documents is None:
        return state
    places = PlaceStreams(state.stream.array(), state.words.array(), state.documents.array())
    *below, level = state.sample.levels
    levels = [*below, with_statistics(level, places, needs, visit, resources.counter)]
    return replace(state, sample=replace(state.sample, levels=levels))


def _next_stream(resources: _Resources, stream: IdStream, counted: PairCounts, name: str) -> IdStream:
    """Return the stream of frequent pairs: for each place the number of the pair that begins there, or a gap."""
    table = KeyTable(counted.keys)
    with IdStream(resources.folder / name, merge_gaps=stream.merge_gaps) as following:

        def number(places: slice) -> NDArray[np.int32]:
            return following.kept(number_pairs(stream.read(places), table))

        for ids in resources.threads.map(number, stream.overlapping_blocks()):
            following.append(ids)
    return following


def _covered(resources: _Resources, bigrams: IdStream) -> int:
    """Return the number of words in at least one of the bigrams in a stream."""

    def covered(places: slice) -> int:
        present = bigrams.read(places) != GAP
        # Each later block begins with the last place of the block before; the first one has none before it.
        return covered_words(np.append(False, present) if places.start == 0 else present)

    return sum(resources.threads.map(covered, bigrams.overlapping_blocks()))
