"""Reading a corpus: its words as numbers in a stream on disk, with gaps where no n-gram may cross."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.sampling.streams import GAP, IdStream, keeps
from spanreg.dictionaries.sampling.threads import OrderedThreadPool
from spanreg.dictionaries.sampling.word_options import WordOptions
from spanreg.text.vocabulary import Vocabulary

READING: Final = "reading"
"The first stage of a sampling; those that follow are called after their n-grams."

PARAGRAPH_END: Final = b"\v"
"Ends a line within a document."

_LINE_FEED: Final = ord("\n")
_IDS_TO_COUNT: Final = 1 << 22


class SamplingProgress(NamedTuple):
    """How far sampling is."""

    stage: str
    "What is being done."
    words: int
    "Words done in this stage."
    fraction: float
    "Share of the stage that is done, from 0 to 1; 0 where it is not known."


Report = Callable[[SamplingProgress], None]


class ReadCorpus(NamedTuple):
    """The words of a corpus as numbers."""

    vocabulary: Vocabulary
    stream: IdStream
    "Codes of all words, gaps where no n-gram may cross."
    documents: IdStream | None
    "The document of each, where places matter."
    total_words: int


class _Block(NamedTuple):
    """The words of a block."""

    ids: NDArray[np.int32]
    documents: NDArray[np.int32]
    "How many documents of the block end before each; empty where places do not matter."
    ended: int
    "Documents that end in the block."
    words: int


def read_words(
    blocks: Iterable[bytes],
    folder: Path,
    options: WordOptions,
    *,
    with_places: bool,
    report: Report,
    threads: OrderedThreadPool,
) -> ReadCorpus:
    """Reads the corpus once; the codes of words depend on which thread was first, and on nothing else."""
    vocabulary, total, document = Vocabulary(), 0, 0
    documents = IdStream(folder / "documents.ids", merge_gaps=False)
    with IdStream(folder / "words.ids") as stream, documents:
        read = partial(_read_block, vocabulary, options, with_places)
        for block in threads.map(read, blocks):
            left_out = stream.append(block.ids)
            if with_places:
                documents.append(document + block.documents[left_out:])
                document += block.ended
            total += block.words
            report(SamplingProgress(READING, total, 0.0))
    return ReadCorpus(vocabulary, stream, documents if with_places else None, total)


def _read_block(vocabulary: Vocabulary, options: WordOptions, with_places: bool, block: bytes) -> _Block:
    text = np.frombuffer(block, dtype=np.uint8)
    words = options.words_of(text)
    codes = vocabulary.intern(words.forms, words.starts, words.ends)
    codes[words.excluded] = GAP
    ids, gaps, breaks = with_gaps(block, text, words.starts, codes)
    kept = keeps(ids)
    if not with_places:
        return _Block(ids[kept], np.empty(0, dtype=np.int32), 0, codes.size)
    begins = np.zeros(ids.size, dtype=np.int32)
    begins[gaps] = text[breaks] == _LINE_FEED
    return _Block(ids[kept], np.cumsum(begins, dtype=np.int32)[kept], int(begins.sum()), codes.size)


def with_gaps(
    block: bytes, text: NDArray[np.uint8], starts: NDArray[np.int64], codes: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """The codes of a block's words with a gap for the end of each line; the gaps' places; the ends' byte offsets."""
    breaks = _line_breaks(block, text)
    gaps = np.searchsorted(starts, breaks) + np.arange(breaks.size)
    ids = np.full(codes.size + breaks.size, GAP, dtype=np.int32)
    is_word = np.ones(ids.size, dtype=np.bool_)
    is_word[gaps] = False
    ids[is_word] = codes
    return ids, gaps, breaks


def _line_breaks(block: bytes, text: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Offsets of what ends a line."""
    ends = text == _LINE_FEED
    if PARAGRAPH_END in block:
        ends |= text == ord(PARAGRAPH_END)
    return np.flatnonzero(ends)


def count_words(corpus: ReadCorpus, threads: OrderedThreadPool) -> NDArray[np.int64]:
    """How often each code occurs, shape: (codes,)."""
    size = corpus.vocabulary.codes

    def count(places: slice) -> NDArray[np.int64]:
        ids = corpus.stream.read(places)
        return np.bincount(ids - GAP, minlength=size + 1)[1:]  # the first is that of gaps

    counts = np.zeros(size, dtype=np.int64)
    for found in threads.map(count, corpus.stream.blocks(_IDS_TO_COUNT)):
        counts += found
    return counts
