"""Sampling: all word n-grams of a corpus that occur often enough, with exact counts, in bounded memory.

The corpus is read once. Every word becomes a number in a stream on disk, with gaps where no n-gram may cross. Then
level follows level: an n-gram can only be frequent if its first and its last n - 1 words are, so level n pairs
neighbours of the stream of frequent (n-1)-grams, counts the pairs by sorting, and writes the stream of frequent
n-grams.

Every pass goes over blocks that threads work on side by side. What they find does not depend on how many there are.
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
from spanreg.dictionaries.sampling.counting import BUDGET_PAIRS, PairCounter, PairCounts, neighbours, numbered, unpack
from spanreg.dictionaries.sampling.evidence import PlaceStreams, Visit, with_evidence
from spanreg.dictionaries.sampling.reading import ReadCorpus, Report, SamplingProgress, count_words, read_words
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
    report: Report = lambda step: None,
    budget: int = BUDGET_PAIRS,
    jobs: int = 1,
    key: str = "",
) -> NgramSample:
    """Counts the n-grams of 2 to ``max_n`` words that occur ``min_count`` times or more.

    Args:
        blocks: text in UTF-8, cut between words; each block ends with a separator. A line feed ends a document, a
            vertical tab a paragraph within it; no n-gram crosses either.
        max_n: the longest n-gram, in words.
        min_count: the fewest occurrences.
        options: how words are found and spelt, and what becomes of punctuation; default: those of ``WordOptions``.
        needs: what is to be found out beside counts.
        visit: told for every n which n-grams occur in which documents, the first document being 0.
        report: told how far it is.
        budget: how many distinct pairs are held in memory before they are spilled to disk, 16 bytes each.
        jobs: how many threads do the work; the result is the same.
        key: hexadecimal digits that name the corpus and what is counted, if a sampling that was interrupted is to go
            on; not together with ``visit``.

    Raises:
        ConfigurationError: the disk is full.
    """
    with working_folder(key) as (folder, lasting), OrderedThreadPool(jobs) as threads:
        work = _Work(folder, lasting, threads, budget)
        state = load_state(folder) if lasting else None
        if state is None:
            with_places = bool(needs) or visit is not None
            chosen = options or WordOptions()
            corpus = read_words(blocks, folder, chosen, with_places=with_places, report=report, threads=threads)
            state = _keep_frequent(work, corpus, min_count)
            _finish(work, corpus.stream, state)
        else:
            _logger.info("Going on after an interrupted sampling: %d passes are done", 1 + len(state.sample.levels))
        for n in range(len(state.sample.levels) + 2, max_n + 1):
            before = state.stream
            counted = _count_neighbours(work, before, min_count, f"{n}-grams", report)
            state = _with_level(work, state, counted, goes_on=n < max_n)
            state = _with_evidence(work, state, needs, visit)
            _finish(work, before, state)
        return state.sample


class _Work(NamedTuple):
    """Where, and by whom, the work is done."""

    folder: Path
    lasting: bool
    "Whether the folder will be found again."
    threads: OrderedThreadPool
    budget: int

    def counter(self) -> PairCounter:
        """A new one."""
        return PairCounter(self.folder, self.budget, self.threads)


def _finish(work: _Work, before: IdStream, state: SamplingState) -> None:
    """Ends a pass: what it found out is kept before the stream that it went over is removed, if no longer needed."""
    if work.lasting:
        save_state(work.folder, state)
    if before not in (state.stream, state.words):
        before.remove()


def _keep_frequent(work: _Work, corpus: ReadCorpus, min_count: int) -> SamplingState:
    """The stream with frequent words numbered 0, 1, 2, ..., the most frequent first, and gaps for the others."""
    counts = count_words(corpus, work.threads)
    codes = np.flatnonzero(counts >= min_count)
    spelt = corpus.vocabulary.spell(codes)
    order = sorted(range(codes.size), key=lambda word: (-counts[codes[word]], spelt[word]))
    renumbered = np.full(counts.size + 1, GAP, dtype=np.int32)  # a gap, -1, finds the last entry, a gap
    renumbered[codes[order]] = np.arange(codes.size)
    with IdStream(work.folder / "frequent.ids", merge_gaps=corpus.documents is None) as stream:

        def renumber(places: slice) -> NDArray[np.int32]:
            return stream.kept(renumbered.take(corpus.stream.read(places)))

        for ids in work.threads.map(renumber, corpus.stream.blocks()):
            stream.append(ids)
    words = None if corpus.documents is None else corpus.stream
    sample = NgramSample([spelt[word] for word in order], counts[codes[order]], [], corpus.total_words, 0)
    return SamplingState(sample, stream, words, corpus.documents)


def _count_neighbours(work: _Work, stream: IdStream, min_count: int, stage: str, report: Report) -> PairCounts:
    """The pairs of neighbours in the stream that occur often enough."""
    counter = work.counter()

    def blocks() -> Iterator[slice]:
        for places in stream.overlapping_blocks(counter.at_once):
            yield places
            report(SamplingProgress(stage, places.stop, places.stop / stream.size))

    counter.count(lambda places: neighbours(stream.read(places))[0], blocks())
    return counter.counted(min_count)


def _with_level(work: _Work, state: SamplingState, counted: PairCounts, *, goes_on: bool) -> SamplingState:
    """The state after one more level, and its stream if anybody needs it."""
    sample, stream = state.sample, state.stream
    singles = np.arange(sample.word_counts.size, dtype=np.int32)[:, np.newaxis]
    below = sample.levels[-1].words if sample.levels else singles
    prefixes, suffixes = unpack(counted.keys)
    words = np.concatenate([below[prefixes], below[suffixes, -1:]], axis=1)
    level = NgramLevel(words, counted.counts, prefixes, suffixes)
    if goes_on or level.n == 2 or state.words is not None:
        stream = _next_stream(work, stream, counted, f"{level.n}-grams.ids")
    covered = _covered(work, stream) if level.n == 2 else sample.covered_words
    sample = replace(sample, levels=[*sample.levels, level], covered_words=covered)
    return replace(state, sample=sample, stream=stream)


def _with_evidence(work: _Work, state: SamplingState, needs: Collection[Need], visit: Visit | None) -> SamplingState:
    """The state with what is needed of the last level's neighbours and documents."""
    if state.words is None or state.documents is None:
        return state
    places = PlaceStreams(state.stream.array(), state.words.array(), state.documents.array())
    *below, level = state.sample.levels
    levels = [*below, with_evidence(level, places, needs, visit, work.counter)]
    return replace(state, sample=replace(state.sample, levels=levels))


def _next_stream(work: _Work, stream: IdStream, counted: PairCounts, name: str) -> IdStream:
    """The stream of frequent pairs: at each place the number of the pair that begins there, or a gap."""
    table = KeyTable(counted.keys)
    with IdStream(work.folder / name, merge_gaps=stream.merge_gaps) as following:

        def number(places: slice) -> NDArray[np.int32]:
            return following.kept(numbered(stream.read(places), table))

        for ids in work.threads.map(number, stream.overlapping_blocks()):
            following.append(ids)
    return following


def _covered(work: _Work, bigrams: IdStream) -> int:
    """How many words stand in a bigram, and so in any n-gram: a run of r bigrams covers r + 1 words."""

    def covered(places: slice) -> int:
        present = bigrams.read(places) != GAP
        if places.start == 0:
            present = np.append(False, present)
        return int(np.count_nonzero(present[1:]) + np.count_nonzero(present[1:] & ~present[:-1]))

    return sum(work.threads.map(covered, bigrams.overlapping_blocks()))
