"""Conversion of a sample to the columns of a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spanreg.dictionaries.tables.function_words import is_function_word
from spanreg.registry import ConfigurationError
from spanreg.scorers.base import Need, NgramSample, Scorer
from spanreg.text.unicode.utf8 import lowered


class NgramEntries(NamedTuple):
    """Unsorted columns of a dictionary, each of shape: (entries,)."""

    ngrams: pa.Array
    "Distinct n-grams, words joined by spaces."
    n: NDArray[np.int32]
    "Number of words."
    counts: NDArray[np.int64]
    "Number of occurrences."
    scores: dict[str, NDArray[np.float64]]
    "Scores by the name of their column, without ``count``."


def needs_of(scorers: Sequence[Scorer]) -> set[Need]:
    """Return the statistics that scorers need.

    Raises:
        ConfigurationError: a scorer is named twice.
    """
    names = [scorer.name for scorer in scorers]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ConfigurationError(f"'{twice[0]}' is named twice", path="scores", hint="name each scorer once")
    return {need for scorer in scorers for need in scorer.needs}


def entries_of(
    sample: NgramSample, *, min_n: int, max_n: int, min_count: int, keep_function_words: bool, scorers: Sequence[Scorer]
) -> NgramEntries:
    """Return the entries of a dictionary for a sample, with their scores.

    Args:
        sample: the sample.
        min_n: length of the shortest n-grams to keep, in words.
        max_n: length of the longest n-grams of the sample, for messages.
        min_count: lowest number of occurrences in the sample, for messages.
        keep_function_words: whether to keep n-grams that consist of English function words.
        scorers: scorers whose results become columns.

    Raises:
        ConfigurationError: no n-gram is left.
    """
    # Large strings: together, the n-grams may have more than the 2 GB that an array of plain strings can address.
    words = pa.array(sample.words, pa.large_string())
    is_function = np.array([is_function_word(word) for word in sample.words], dtype=np.bool_)
    ngrams, lengths, counts = [], [], []
    scores: dict[str, list[NDArray[np.float64]]] = {scorer.name: [] for scorer in scorers if scorer.name != "count"}
    for place, level in enumerate(sample.levels):
        if level.n < min_n:
            continue
        # An n-gram is kept if at least one of its words is not a function word.
        kept = slice(None) if keep_function_words else ~is_function[level.words].all(axis=1)
        # Arrow joins the words of all n-grams at once, from one column for each position in the n-gram.
        columns = [words.take(pa.array(column)) for column in level.words[kept].T]
        ngrams.append(pc.binary_join_element_wise(*columns, pa.scalar(" ", pa.large_string())))
        counts.append(level.counts[kept])
        lengths.append(np.full(counts[-1].size, level.n, dtype=np.int32))
        # Scored before the selection: a score may read the shorter n-grams of a sample, kept or not.
        for scorer in scorers:
            if scorer.name in scores:
                scores[scorer.name].append(scorer.scores(sample, place)[kept])
    if not sum(column.size for column in counts):
        raise _nothing_left(sample, min_n, max_n, min_count)
    joined = {name: np.concatenate(columns) for name, columns in scores.items()}
    return NgramEntries(
        _plain_strings(pa.concat_arrays(ngrams)), np.concatenate(lengths), np.concatenate(counts), joined
    )


def _plain_strings(ngrams: pa.Array) -> pa.Array:
    """Return large strings as plain ones, the type of the file format.

    Raises:
        ConfigurationError: they exceed 2 GB.
    """
    try:
        return ngrams.cast(pa.string())
    except pa.ArrowInvalid as error:
        problem = f"the {len(ngrams):,} n-grams have more than 2 GB of text"
        raise ConfigurationError(problem, path="min_count", hint="raise min_count, or lower max_n") from error


def lower_cased(entries: NgramEntries) -> NgramEntries:
    """Return the entries in lower case, without scores; the counts of an n-gram's case variants are added."""
    # Lower-casing keeps the length of each character, as for lookups (see spanreg.text.unicode.words), so that the
    # offsets stay valid.
    # ``entries_of`` returns a whole array and not a slice: its buffers begin with the first n-gram.
    _, offsets, data = entries.ngrams.buffers()
    lower = pa.py_buffer(lowered(np.frombuffer(data, dtype=np.uint8)))
    variants = pa.StringArray.from_buffers(len(entries.ngrams), offsets, lower).dictionary_encode()
    places = variants.indices.to_numpy()
    n, counts = np.zeros(len(variants.dictionary), np.int32), np.zeros(len(variants.dictionary), np.int64)
    n[places] = entries.n  # variants have equally many words
    # Not bincount, whose weighted sums are floats.
    np.add.at(counts, places, entries.counts)
    return NgramEntries(variants.dictionary, n, counts, {})


def _nothing_left(sample: NgramSample, min_n: int, max_n: int, min_count: int) -> ConfigurationError:
    if not sample.total_words:
        return ConfigurationError("the corpus has no words", path="corpus", hint="give files with text")
    problem = (
        f"no n-gram of {min_n} to {max_n} words occurs at least {min_count} times "
        f"in the corpus of {sample.total_words} words"
    )
    return ConfigurationError(problem, path="min_count", hint="lower min_count, or use a larger corpus")
