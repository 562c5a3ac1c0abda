"""Sampling: all word n-grams of a corpus that occur often enough, with exact counts, in bounded memory.

The corpus is read once. Every word becomes a number in a stream on disk, with gaps where no n-gram may cross. Then
level follows level: an n-gram can only be frequent if its first and its last n - 1 words are, so level n pairs
neighbours of the stream of frequent (n-1)-grams, counts the pairs as 64-bit keys by sorting, and writes the stream of
frequent n-grams.
"""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.counting import BUDGET_KEYS, GAP, Counted, IdStream, KeyCounter
from spanreg.registry import ConfigurationError
from spanreg.text.key_table import KeyTable
from spanreg.text.utf8 import boundaries, lowered, word_bounds
from spanreg.text.vocabulary import Vocabulary

READING = "reading"
"The first stage; those that follow are called after their n-grams."

_LINE_FEED = ord("\n")


class Step(NamedTuple):
    """How far sampling is."""

    stage: str
    "What is being done."
    words: int
    "Words done in this stage."
    fraction: float
    "Share of the stage that is done, from 0 to 1; 0 where it is not known."


@dataclass(frozen=True, slots=True)
class Level:
    """The frequent n-grams of one length."""

    words: NDArray[np.int32]
    "Indices into the words of the sample, shape: (entries, n)."
    counts: NDArray[np.int64]
    "How often each occurs, shape: (entries,)."


@dataclass(frozen=True, slots=True)
class Sample:
    """The frequent n-grams of a corpus, for each n from 2 on."""

    words: list[str]
    "The distinct words that occur often enough."
    levels: list[Level]
    "Level i holds the n-grams of n = i + 2 words."
    total_words: int
    "Words of the corpus."


def sample_ngrams(
    blocks: Iterable[bytes],
    *,
    max_n: int,
    min_count: int,
    lowercase: bool,
    report: Callable[[Step], None] = lambda step: None,
    budget_keys: int = BUDGET_KEYS,
) -> Sample:
    """Counts the n-grams of 2 to ``max_n`` words that occur ``min_count`` times or more.

    Args:
        blocks: text in UTF-8, cut between words; each block ends with a separator.
        max_n: the longest n-gram, in words.
        min_count: the fewest occurrences.
        lowercase: whether words are counted in lower case.
        report: told how far it is.
        budget_keys: how many 64-bit keys are held in memory before they are spilled to disk.

    Raises:
        ConfigurationError: the disk is full.
    """
    with _temporary_folder() as folder:
        vocabulary = Vocabulary()
        stream, total_words = _read_words(blocks, vocabulary, folder, lowercase, report)
        stream, frequent = _keep_frequent(stream, vocabulary, folder, min_count)
        words = np.arange(frequent.size, dtype=np.int32)[:, np.newaxis]
        levels: list[Level] = []
        for n in range(2, max_n + 1):
            progress = partial(_report_ids, report, f"{n}-grams", stream.size)
            counted = _count_pairs(stream, KeyCounter(folder, budget_keys), min_count, progress)
            prefixes, suffixes = _unpack(counted.keys)
            words = np.concatenate([words[prefixes], words[suffixes, -1:]], axis=1)
            levels.append(Level(words, counted.counts))
            if n < max_n:
                stream = _next_stream(stream, counted, folder / f"{n}-grams.ids")
        return Sample(vocabulary.spell(frequent.tolist()), levels, total_words)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder for what does not fit into memory, gone afterwards in any case."""
    with tempfile.TemporaryDirectory(prefix="spanreg-sampling-") as name:
        try:
            yield Path(name)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            hint = "free some, or name another folder by the environment variable TMPDIR"
            raise ConfigurationError(f"no space is left to sample in {Path(name).parent}", hint=hint) from error


def _read_words(
    blocks: Iterable[bytes], vocabulary: Vocabulary, folder: Path, lowercase: bool, report: Callable[[Step], None]
) -> tuple[IdStream, int]:
    """Codes of all words, gaps where no n-gram may cross; and the number of words."""
    total = 0
    with IdStream(folder / "words.ids") as stream:
        for block in blocks:
            text = np.frombuffer(block, dtype=np.uint8)
            starts, ends = word_bounds(text)
            codes = vocabulary.intern(lowered(text) if lowercase else text, starts, ends)
            codes[boundaries(text, starts)] = GAP
            line_ends = np.searchsorted(starts, np.flatnonzero(text == _LINE_FEED))
            places = np.arange(codes.size) + np.cumsum(np.bincount(line_ends, minlength=codes.size + 1))[:-1]
            ids = np.full(codes.size + line_ends.size, GAP, dtype=np.int32)
            ids[places] = codes
            stream.append(ids)
            total += codes.size
            report(Step(READING, total, 0.0))
    return stream, total


def _keep_frequent(
    stream: IdStream, vocabulary: Vocabulary, folder: Path, min_count: int
) -> tuple[IdStream, NDArray[np.int64]]:
    """The stream with frequent words numbered 0, 1, 2, ... and gaps for the others; and the frequent words' codes."""
    counts = np.zeros(vocabulary.codes, dtype=np.int64)
    for ids in stream.blocks():
        counts += np.bincount(ids[ids != GAP], minlength=counts.size)
    frequent = np.flatnonzero(counts >= min_count)
    renumbered = np.full(counts.size + 1, GAP, dtype=np.int32)  # a gap, -1, finds the last entry, a gap
    renumbered[frequent] = np.arange(frequent.size)
    with IdStream(folder / "frequent.ids") as kept:
        for ids in stream.blocks():
            kept.append(renumbered[ids])
    stream.remove()
    return kept, frequent


def _count_pairs(stream: IdStream, counter: KeyCounter, min_count: int, progress: Callable[[int], None]) -> Counted:
    """The pairs of neighbours in the stream that occur often enough."""
    done = 0
    for ids in stream.overlapping_blocks():
        keys, together = _pairs(ids)
        counter.add(keys[together])
        done += keys.size
        progress(done)
    return counter.counted(min_count)


def _next_stream(stream: IdStream, counted: Counted, path: Path) -> IdStream:
    """The stream of frequent pairs: at each place the number of the pair that begins there, or a gap."""
    table = KeyTable(counted.keys)
    with IdStream(path) as pairs:
        for ids in stream.overlapping_blocks():
            keys, together = _pairs(ids)
            numbers = np.full(keys.size, GAP, dtype=np.int32)
            numbers[together] = table.find(keys[together])
            pairs.append(numbers)
    stream.remove()
    return pairs


def _pairs(ids: NDArray[np.int32]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Each id and its right neighbour as one key, and where neither is a gap; both of shape: (ids - 1,)."""
    present = ids != GAP
    keys = ids[:-1].astype(np.int64) << 32 | ids[1:]
    return keys.view(np.uint64), present[:-1] & present[1:]


def _unpack(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _report_ids(report: Callable[[Step], None], stage: str, total: int, done: int) -> None:
    report(Step(stage, done, done / total))
