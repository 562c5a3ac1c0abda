"""The dictionary of n-grams sampled from a corpus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.artefact import dictionary_table, read_dictionary, table_fingerprint, write_dictionary
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.corpus import Corpus
from spanreg.dictionaries.function_words import FUNCTION_WORDS
from spanreg.dictionaries.sampling import READING, Sample, Step, sample_ngrams
from spanreg.registry import AtLeast, ConfigurationError
from spanreg.text.words import WORD_RULE

_logger = logging.getLogger(__name__)

_SAMPLER = 1
"Version of what is counted; part of the cache's key."


@SpanDictionary.register("ngram")
class Ngram(SpanDictionary):
    """The word n-grams that occur in a corpus at least ``min_count`` times, with their exact counts.

    No n-gram crosses a boundary word (a full stop, a comma, ...; see ``spanreg.text.words``) or the end of a line.
    Registered as ``ngram``. Sampled at the first use and cached by the content of the corpus and the parameters.

    Parameters:
        corpus: a path or glob from the working folder on, ``pkg:package/file`` for one inside an installed package, or
            a list of them; UTF-8 text, a paragraph a line; ``.gz`` and ``.zst`` are unpacked on the way.
        min_n: the shortest n-gram, in words.
        max_n: the longest n-gram, in words.
        min_count: the fewest occurrences.
        max_size: the most entries; the most frequent are kept. No limit by default.
        lowercase: whether words are counted, and looked up, in lower case.
        keep_function_words: whether to keep n-grams of nothing but (English) function words, such as "of the".

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``; a file is missing, damaged or not UTF-8; no n-gram is left.
    """

    def __init__(
        self,
        corpus: str | list[str],
        min_n: Annotated[int, AtLeast(2)] = 2,
        max_n: Annotated[int, AtLeast(2)] = 5,
        min_count: Annotated[int, AtLeast(1)] = 10,
        max_size: Annotated[int, AtLeast(1)] | None = None,
        lowercase: bool = True,
        keep_function_words: bool = True,
    ) -> None:
        if min_n > max_n:
            hint = f"give a min_n of {max_n} or less, or a greater max_n"
            raise ConfigurationError(f"min_n {min_n} exceeds max_n {max_n}", path="min_n", hint=hint)
        self._corpus = [corpus] if isinstance(corpus, str) else list(corpus)
        self._min_n = min_n
        self._max_n = max_n
        self._min_count = min_count
        self._max_size = max_size
        self._lowercase = lowercase
        self._keep_function_words = keep_function_words
        self._table: pa.Table | None = None

    def table(self) -> pa.Table:
        if self._table is None:
            self._table = self._cached()
        return self._table

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())

    def sample(self, report: Callable[[Step], None] = lambda step: None) -> pa.Table:
        """Samples the corpus, whatever is cached; ``report`` is told how far it is."""
        return self._sample(Corpus(self._corpus), report)

    def _cached(self) -> pa.Table:
        corpus = Corpus(self._corpus)
        hashes = sorted(file["sha256"] for file in corpus.hashes())
        key = {"corpus": hashes, "parameters": self._parameters(), "word_rule": WORD_RULE, "sampler": _SAMPLER}
        path = storage.cache_folder("dictionaries") / f"{storage.hash_json(key)[:32]}.parquet"
        with storage.locked(path.with_suffix(".lock")):
            if path.exists():
                try:
                    return read_dictionary(path)
                except ConfigurationError as error:
                    _logger.warning("%s. It is sampled again", error)
            _logger.info("Sampling a dictionary from %d files into %s", len(corpus.files), path)
            table = self._sample(corpus, lambda step: None)
            write_dictionary(table, path)
            return table

    def _sample(self, corpus: Corpus, report: Callable[[Step], None]) -> pa.Table:
        def report_with_fraction(step: Step) -> None:
            report(step._replace(fraction=corpus.fraction) if step.stage == READING else step)

        sample = sample_ngrams(
            corpus.blocks(),
            max_n=self._max_n,
            min_count=self._min_count,
            lowercase=self._lowercase,
            report=report_with_fraction,
        )
        ngrams, n, counts = self._entries(sample)
        origin = {
            "type": "ngram",
            "parameters": self._parameters(),
            "words": sample.total_words,
            "corpus": corpus.hashes(),
        }
        return dictionary_table(ngrams, n, counts, lowercase=self._lowercase, origin=origin, max_size=self._max_size)

    def _entries(self, sample: Sample) -> tuple[pa.Array, NDArray[np.int32], NDArray[np.int64]]:
        """The entries that the parameters ask for, unsorted."""
        words = pa.array(sample.words, pa.large_string())
        is_function_word = np.array([word.lower() in FUNCTION_WORDS for word in sample.words], dtype=np.bool_)
        ngrams, lengths, counts = [], [], []
        for level in sample.levels:
            n = level.words.shape[1]
            if n < self._min_n:
                continue
            kept = slice(None) if self._keep_function_words else ~is_function_word[level.words].all(axis=1)
            columns = [words.take(pa.array(column)) for column in level.words[kept].T]
            ngrams.append(pc.binary_join_element_wise(*columns, pa.scalar(" ", pa.large_string())))
            counts.append(level.counts[kept])
            lengths.append(np.full(counts[-1].size, n, dtype=np.int32))
        if not sum(column.size for column in counts):
            raise self._nothing_left(sample)
        return pa.concat_arrays(ngrams).cast(pa.string()), np.concatenate(lengths), np.concatenate(counts)

    def _nothing_left(self, sample: Sample) -> ConfigurationError:
        if not sample.total_words:
            return ConfigurationError("the corpus holds no words", path="corpus", hint="give files with text")
        problem = (
            f"no n-gram of {self._min_n} to {self._max_n} words occurs {self._min_count} times or more "
            f"in the corpus of {sample.total_words} words"
        )
        return ConfigurationError(problem, path="min_count", hint="lower min_count or give a larger corpus")

    def _parameters(self) -> dict[str, Any]:
        return {
            "min_n": self._min_n,
            "max_n": self._max_n,
            "min_count": self._min_count,
            "max_size": self._max_size,
            "lowercase": self._lowercase,
            "keep_function_words": self._keep_function_words,
        }
