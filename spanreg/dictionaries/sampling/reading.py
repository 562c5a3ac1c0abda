"""Reading of a corpus into a stream of word ids on disk, with gaps that no n-gram may cross."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.sampling.streams import GAP, IdStream, gap_merging_mask
from spanreg.dictionaries.sampling.threads import OrderedThreadPool
from spanreg.dictionaries.sampling.word_options import WordOptions
from spanreg.text.vocabulary import Vocabulary

READING: Final = "reading"
"First stage of a sampling; later stages are named after their n-grams."

PARAGRAPH_END: Final = b"\v"
"End of a paragraph within a document: it separates words like the line feed, which ends a document."

_LINE_FEED: Final = ord("\n")
_IDS_TO_COUNT: Final = 1 << 22
"Number of ids counted at a time; large, because each block has a count for every distinct word of the corpus."


class SamplingProgress(NamedTuple):
    """Progress of a sampling."""

    stage: str
    "``reading``, or n-grams such as ``2-grams``."
    words: int
    "Number of words done in this stage."
    fraction: float
    "Share of the stage that is done, from 0 to 1; 0 if unknown."


ReportProgress = Callable[[SamplingProgress], None]


class ReadCorpus(NamedTuple):
    """Words of a corpus as ids."""

    vocabulary: Vocabulary
    "Distinct words by code."
    stream: IdStream
    "Codes of all words, with gaps that no n-gram may cross."
    documents: IdStream | None
    "Document of each word; None unless places are needed."
    total_words: int
    "Number of words, including those that n-grams must not contain."


class _Block(NamedTuple):
    """Words of a block."""

    ids: NDArray[np.int32]
    "Codes of the words with gaps, shape: (ids,)."
    documents: NDArray[np.int32]
    "Number of documents of the block that end before each id, shape: (ids,); empty unless places are needed."
    ended: int
    "Number of documents that end in the block."
    words: int
    "Number of words in the block."


def read_words(
    blocks: Iterable[bytes],
    folder: Path,
    options: WordOptions,
    *,
    with_places: bool,
    report: ReportProgress,
    threads: OrderedThreadPool,
) -> ReadCorpus:
    """Read the corpus once, and return its words as ids.

    Args:
        blocks: the text, as for ``sample_ngrams``.
        folder: folder for the streams.
        options: word options.
        with_places: whether to record the document of each word.
        report: called after each block.
        threads: thread pool that processes the blocks.
    """
    # The codes of words depend on the order in which threads see them; counts and results do not.
    vocabulary, total, document = Vocabulary(), 0, 0
    documents = IdStream(folder / "documents.ids", merge_gaps=False)
    with IdStream(folder / "words.ids") as stream, documents:
        read = partial(_read_block, vocabulary, options, with_places)
        for block in threads.map(read, blocks):
            left_out = stream.append(block.ids)
            # A gap that the stream left out has no document either: places of the two streams must be the same.
            if with_places:
                documents.append(document + block.documents[left_out:])
                document += block.ended
            total += block.words
            report(SamplingProgress(READING, total, 0.0))
    return ReadCorpus(vocabulary, stream, documents if with_places else None, total)


def _read_block(vocabulary: Vocabulary, options: WordOptions, with_places: bool, block: bytes) -> _Block:
    """Return the words of a block as codes with gaps; threads share the vocabulary."""
    text = np.frombuffer(block, dtype=np.uint8)
    words = options.words_of(text)
    codes = vocabulary.intern(words.forms, words.starts, words.ends)
    # Words that are too long for the vocabulary are gaps already: its UNKNOWN is -1, as GAP is.
    codes[words.excluded] = GAP
    ids, gaps, breaks = with_gaps(block, text, words.starts, codes)
    # Not by ``kept`` of the stream: the documents need the same mask.
    kept = gap_merging_mask(ids)
    if not with_places:
        return _Block(ids[kept], np.empty(0, dtype=np.int32), 0, codes.size)
    begins = np.zeros(ids.size, dtype=np.int32)  # 1 at the gaps that end a document
    begins[gaps] = text[breaks] == _LINE_FEED
    return _Block(ids[kept], np.cumsum(begins, dtype=np.int32)[kept], int(begins.sum()), codes.size)


def with_gaps(
    block: bytes, text: NDArray[np.uint8], starts: NDArray[np.int64], codes: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Return a block's codes with a gap for each end of a line, the places of the gaps, and their byte offsets."""
    ends = text == _LINE_FEED
    if PARAGRAPH_END in block:  # most blocks have none, and the search for it is faster than a second comparison
        ends |= text == ord(PARAGRAPH_END)
    breaks = np.flatnonzero(ends)
    gaps = np.searchsorted(starts, breaks) + np.arange(breaks.size)  # each earlier gap shifts the place by one
    ids = np.full(codes.size + breaks.size, GAP, dtype=np.int32)
    is_word = np.ones(ids.size, dtype=np.bool_)
    is_word[gaps] = False
    ids[is_word] = codes
    return ids, gaps, breaks


def count_words(corpus: ReadCorpus, threads: OrderedThreadPool) -> NDArray[np.int64]:
    """Return the number of occurrences of each code, shape: (codes,)."""
    size = corpus.vocabulary.codes

    def count(places: slice) -> NDArray[np.int64]:
        ids = corpus.stream.read(places)
        return np.bincount(ids - GAP, minlength=size + 1)[1:]  # the first count is that of gaps

    counts = np.zeros(size, dtype=np.int64)
    for found in threads.map(count, corpus.stream.blocks(_IDS_TO_COUNT)):
        counts += found
    return counts
