"""Sampling: all word n-grams of a corpus that occur often enough, with exact counts, in bounded memory.

The corpus is read once. Every word becomes a number in a stream on disk, with gaps where no n-gram may cross. Then
level follows level: an n-gram can only be frequent if its first and its last n - 1 words are, so level n pairs
neighbours of the stream of frequent (n-1)-grams, counts the pairs as 64-bit keys by sorting, and writes the stream of
frequent n-grams.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.checkpoint import State, load_state, save_state, working_folder
from spanreg.dictionaries.counting import BUDGET_KEYS, GAP, Counted, IdStream, KeyCounter, pairs, unpack
from spanreg.dictionaries.evidence import Places, Visit, with_evidence
from spanreg.scorers.base import Level, Need, Sample
from spanreg.text.key_table import KeyTable
from spanreg.text.utf8 import boundaries, lowered, word_bounds
from spanreg.text.vocabulary import Vocabulary

_logger = logging.getLogger(__name__)

READING = "reading"
"The first stage; those that follow are called after their n-grams."

PARAGRAPH_END = b"\v"
"Ends a line within a document."

_LINE_FEED = ord("\n")
_WORDS = "words.ids"


class Step(NamedTuple):
    """How far sampling is."""

    stage: str
    "What is being done."
    words: int
    "Words done in this stage."
    fraction: float
    "Share of the stage that is done, from 0 to 1; 0 where it is not known."


def sample_ngrams(
    blocks: Iterable[bytes],
    *,
    max_n: int,
    min_count: int,
    lowercase: bool,
    needs: Collection[Need] = (),
    visit: Visit | None = None,
    report: Callable[[Step], None] = lambda step: None,
    budget_keys: int = BUDGET_KEYS,
    key: str = "",
) -> Sample:
    """Counts the n-grams of 2 to ``max_n`` words that occur ``min_count`` times or more.

    Args:
        blocks: text in UTF-8, cut between words; each block ends with a separator. A line feed ends a document, a
            vertical tab a paragraph within it; no n-gram crosses either.
        max_n: the longest n-gram, in words.
        min_count: the fewest occurrences.
        lowercase: whether words are counted in lower case.
        needs: what is to be found out beside counts.
        visit: told for every n which n-grams occur in which documents, the first document being 0.
        report: told how far it is.
        budget_keys: how many 64-bit keys are held in memory before they are spilled to disk.
        key: hexadecimal digits that name the corpus and all of the above, if a sampling that was interrupted is to go
            on; not together with ``visit``.

    Raises:
        ConfigurationError: the disk is full.
    """
    with working_folder(key) as (folder, lasting):
        state = load_state(folder) if lasting else None
        if state is None:
            with_places = bool(needs) or visit is not None
            corpus = _read_words(blocks, folder, lowercase, with_places=with_places, report=report)
            state = _keep_frequent(corpus, folder, min_count)
            _finish(None, state, folder, lasting)
        else:
            _logger.info("Going on after an interrupted sampling: %d passes are done", 1 + len(state.sample.levels))
        for n in range(len(state.sample.levels) + 2, max_n + 1):
            progress = partial(_report_ids, report, f"{n}-grams", state.stream.size)
            counted = _count_pairs(state.stream, KeyCounter(folder, budget_keys), min_count, progress)
            before = state
            state = _with_level(before, counted, folder, goes_on=n < max_n)
            if before.words is not None:
                state = _with_evidence(state, needs, visit, lambda: KeyCounter(folder, budget_keys))
            _finish(before, state, folder, lasting)
        return state.sample


class _Corpus(NamedTuple):
    """The words of a corpus as numbers."""

    vocabulary: Vocabulary
    stream: IdStream
    "Codes of all words, gaps where no n-gram may cross."
    documents: IdStream | None
    "The document of each, where places matter."
    total_words: int


def _finish(before: State | None, state: State, folder: Path, lasting: bool) -> None:
    """Ends a pass: what it found out is kept before what it needed is removed."""
    if lasting:
        save_state(folder, state)
    if before is not None and before.stream is not state.stream:
        before.stream.remove()
    elif before is None and state.words is None:
        (folder / _WORDS).unlink()


def _read_words(
    blocks: Iterable[bytes], folder: Path, lowercase: bool, *, with_places: bool, report: Callable[[Step], None]
) -> _Corpus:
    vocabulary, total, document = Vocabulary(), 0, 0
    documents = IdStream(folder / "documents.ids", merge_gaps=False)
    with IdStream(folder / _WORDS) as stream, documents:
        for block in blocks:
            text = np.frombuffer(block, dtype=np.uint8)
            starts, ends = word_bounds(text)
            codes = vocabulary.intern(lowered(text) if lowercase else text, starts, ends)
            codes[boundaries(text, starts)] = GAP
            ids, places, breaks = with_gaps(block, text, starts, codes)
            kept = stream.append(ids)
            if with_places:
                begins = np.ones(ids.size, dtype=np.int32)
                begins[places] = 0
                begins[begins > 0] = text[breaks] == _LINE_FEED
                documents.append((document + np.cumsum(begins, dtype=np.int32))[kept])
                document += int(begins.sum())
            total += codes.size
            report(Step(READING, total, 0.0))
    return _Corpus(vocabulary, stream, documents if with_places else None, total)


def with_gaps(
    block: bytes, text: NDArray[np.uint8], starts: NDArray[np.int64], codes: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """The codes of a block's words with a gap for the end of each line; the words' places; the ends' byte offsets."""
    breaks = _line_breaks(block, text)
    at = np.searchsorted(starts, breaks)
    places = np.arange(codes.size) + np.cumsum(np.bincount(at, minlength=codes.size + 1))[:-1]
    ids = np.full(codes.size + at.size, GAP, dtype=np.int32)
    ids[places] = codes
    return ids, places, breaks


def _line_breaks(block: bytes, text: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Offsets of what ends a line."""
    ends = text == _LINE_FEED
    if PARAGRAPH_END in block:
        ends |= text == ord(PARAGRAPH_END)
    return np.flatnonzero(ends)


def _keep_frequent(corpus: _Corpus, folder: Path, min_count: int) -> State:
    """The stream with frequent words numbered 0, 1, 2, ... and gaps for the others."""
    counts = np.zeros(corpus.vocabulary.codes, dtype=np.int64)
    for ids in corpus.stream.blocks():
        counts += np.bincount(ids[ids != GAP], minlength=counts.size)
    frequent = np.flatnonzero(counts >= min_count)
    renumbered = np.full(counts.size + 1, GAP, dtype=np.int32)  # a gap, -1, finds the last entry, a gap
    renumbered[frequent] = np.arange(frequent.size)
    with IdStream(folder / "frequent.ids", merge_gaps=corpus.documents is None) as kept:
        for ids in corpus.stream.blocks():
            kept.append(renumbered[ids])
    sample = Sample(corpus.vocabulary.spell(frequent.tolist()), counts[frequent], [], corpus.total_words, 0)
    return State(sample, kept, corpus.stream if corpus.documents is not None else None, corpus.documents)


def _with_level(state: State, counted: Counted, folder: Path, *, goes_on: bool) -> State:
    """The state after one more level, and its stream if anybody needs it."""
    sample, stream = state.sample, state.stream
    singles = np.arange(sample.word_counts.size, dtype=np.int32)[:, np.newaxis]
    below = sample.levels[-1].words if sample.levels else singles
    prefixes, suffixes = unpack(counted.keys)
    words = np.concatenate([below[prefixes], below[suffixes, -1:]], axis=1)
    level = Level(words, counted.counts, prefixes, suffixes)
    if goes_on or level.n == 2 or state.words is not None:
        stream = _next_stream(stream, counted, folder / f"{level.n}-grams.ids")
    covered = _covered(stream) if level.n == 2 else sample.covered_words
    sample = replace(sample, levels=[*sample.levels, level], covered_words=covered)
    return replace(state, sample=sample, stream=stream)


def _with_evidence(
    state: State, needs: Collection[Need], visit: Visit | None, counter: Callable[[], KeyCounter]
) -> State:
    """The state with what is needed of the last level's neighbours and documents."""
    assert state.words is not None
    assert state.documents is not None
    places = Places(state.stream.array(), state.words.array(), state.documents.array())
    *below, level = state.sample.levels
    levels = [*below, with_evidence(level, places, needs, visit, counter)]
    return replace(state, sample=replace(state.sample, levels=levels))


def _count_pairs(stream: IdStream, counter: KeyCounter, min_count: int, progress: Callable[[int], None]) -> Counted:
    """The pairs of neighbours in the stream that occur often enough."""
    done = 0
    for ids in stream.overlapping_blocks():
        keys, together = pairs(ids)
        counter.add(keys[together])
        done += keys.size
        progress(done)
    return counter.counted(min_count)


def _next_stream(stream: IdStream, counted: Counted, path: Path) -> IdStream:
    """The stream of frequent pairs: at each place the number of the pair that begins there, or a gap."""
    table = KeyTable(counted.keys)
    with IdStream(path, merge_gaps=stream.merge_gaps) as numbered:
        for ids in stream.overlapping_blocks():
            keys, together = pairs(ids)
            numbers = np.full(keys.size, GAP, dtype=np.int32)
            numbers[together] = table.find(keys[together])
            numbered.append(numbers)
    return numbered


def _covered(bigrams: IdStream) -> int:
    """How many words stand in a bigram, and so in any n-gram: a run of r bigrams covers r + 1 words."""
    covered, inside = 0, False
    for ids in bigrams.blocks():
        present = ids != GAP
        begins = present & ~np.concatenate([[inside], present[:-1]])
        covered += int(np.count_nonzero(present) + np.count_nonzero(begins))
        inside = bool(present[-1])
    return covered


def _report_ids(report: Callable[[Step], None], stage: str, total: int, done: int) -> None:
    report(Step(stage, done, done / total))
