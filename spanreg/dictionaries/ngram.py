"""Dictionary of n-grams sampled from a corpus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

import pyarrow as pa

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.sampling.corpus import TextCorpus
from spanreg.dictionaries.sampling.entries import NgramEntries, entries_of, lower_cased, needs_of
from spanreg.dictionaries.sampling.executors import RayShardExecutor
from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.dictionaries.sampling.reading import READING, SamplingProgress
from spanreg.dictionaries.sampling.sharded import sample_shards
from spanreg.dictionaries.sampling.threads import default_jobs
from spanreg.dictionaries.sampling.word_options import Punctuation, WordOptions
from spanreg.dictionaries.tables.artefact import dictionary_table, read_dictionary, write_dictionary
from spanreg.dictionaries.tables.derived import CachedDictionary, require_range
from spanreg.limits import allowed_expansion
from spanreg.registry import AtLeast, ConfigurationError, Distinct, NotAbove, OnDisk
from spanreg.scorers.base import NgramSample, Scorer
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

_logger = logging.getLogger(__name__)

_SAMPLER: Final = 1
"Version of the sampler, part of the cache key; increase it when counts or scores change."
_FUNCTION_WORDS: Final = 2
"Version of the recognition of function words, part of the cache key where these are removed."


@SpanDictionary.register("ngram")
class NgramDictionary(CachedDictionary):
    """N-grams that occur at least ``min_count`` times in a corpus, with exact counts; registered as ``ngram``.

    No n-gram crosses the end of a line or, by default, a boundary word (a full stop, a comma and the like; see
    ``spanreg.text.unicode.words``). The corpus is sampled at the first use; the result is cached by the content of the
    corpus and the parameters.

    ``dictionary: { type: 'ngram', corpus: 'corpus/*.txt', max_n: 5, min_count: 10 }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021. Lengths 2 to 5 and 10 occurrences are those of their released
    code, which corresponds to ``words: 'whitespace'``, ``lowercase: 'after'`` and ``punctuation: 'drop'``; our defaults
    for these three are our choice.

    Parameters:
        corpus: path or glob relative to the working directory, ``pkg:package/file`` for a file in an installed package,
            or a list of them: UTF-8 text with one paragraph per line, ``.jsonl``, either optionally packed (``.gz``,
            ``.zst``), or ``.parquet``.
        min_n: length of the shortest n-grams, in words; default 2.
        max_n: length of the longest n-grams, in words; default 5.
        min_count: lowest number of occurrences; default 10.
        max_size: largest number of entries, of which the most frequent are kept; default: no limit.
        lowercase: ``before`` or true (default): words are lower-cased before they are counted; ``after``: rare n-grams
            are removed first, then the counts of case variants are added; false: words keep their case, and are looked
            up unchanged.
        keep_function_words: whether to keep n-grams that consist of English function words, such as "of the"; default
            true.
        scores: scorers whose results become columns; default: none.
        text_field: field of the text in ``.jsonl`` and ``.parquet``; default ``text``.
        errors: treatment of bytes that are not UTF-8: ``refuse`` (default) raises an error, ``replace`` inserts U+FFFD.
        max_expansion: largest ratio of unpacked to packed size of a file; default and maximum: the limit of the
            command, ``--limit expansion``, 250.
        executor: ``local`` (default) counts in this process, ``ray`` in one task per file on a Ray cluster whose
            machines have the files at the same paths. The result is the same.
        jobs: number of threads of the local executor; default: the number of available cores, at most 8. The result is
            the same.
        words: word rule; default ``unicode``.
        punctuation: ``boundary`` (default): no n-gram contains a boundary word, a word whose first character is a full
            stop, a comma and the like; ``drop``: no n-gram contains a word that is a substring of Python's
            ``string.punctuation``; ``keep``: punctuation is treated like other words.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``; a scorer is named twice, or used with ``lowercase: 'after'``; a
            file is missing, damaged or not UTF-8; or there are no n-grams.
    """

    words_by_default: ClassVar[str | None] = "unicode"

    def __init__(
        self,
        corpus: Annotated[str | list[str], OnDisk()],
        min_n: Annotated[int, AtLeast(2), NotAbove("max_n")] = 2,
        max_n: Annotated[int, AtLeast(2)] = 5,
        min_count: Annotated[int, AtLeast(1)] = 10,
        max_size: Annotated[int, AtLeast(1)] | None = None,
        lowercase: Literal["before", "after"] | bool = True,
        keep_function_words: bool = True,
        scores: Annotated[list[Scorer], Distinct()] | None = None,
        text_field: str = "text",
        errors: Literal["refuse", "replace"] = "refuse",
        max_expansion: Annotated[int, AtLeast(1)] | None = None,
        executor: Literal["local", "ray"] = "local",
        jobs: Annotated[int, AtLeast(1)] | None = None,
        words: WordRule | None = None,
        punctuation: Punctuation = "boundary",
    ) -> None:
        require_range(min_n, max_n)
        self._corpus = [corpus] if isinstance(corpus, str) else list(corpus)
        self._text_field = text_field
        self._errors: Literal["refuse", "replace"] = errors
        self._max_expansion = allowed_expansion(max_expansion)
        self._min_n = min_n
        self._max_n = max_n
        self._min_count = min_count
        self._max_size = max_size
        # "before" and true are the same setting, and so must have the same cache key.
        self._lowercase: Literal["after"] | bool = lowercase == "before" or lowercase
        self._options = WordOptions(words or default_word_rule(), self._lowercase is True, punctuation)
        self._keep_function_words = keep_function_words
        self._scorers = scores or []
        self._needs = needs_of(self._scorers)
        self._executor: Literal["local", "ray"] = executor
        self._jobs = jobs or default_jobs()
        self._check_scorers()

    def new_sample(self, report: Callable[[SamplingProgress], None] = lambda step: None) -> pa.Table:
        """Return a new sample of the corpus, without the cache; ``report`` is called with the progress.

        ``NgramDictionary("corpus/*.txt").new_sample(lambda step: print(step.stage, step.fraction))``
        """
        return self._sample(self._open_corpus(), report)

    def _open_corpus(self) -> TextCorpus:
        replace = self._errors == "replace"
        return TextCorpus(self._corpus, text_field=self._text_field, replace=replace, max_expansion=self._max_expansion)

    def make(self) -> pa.Table:
        corpus = self._open_corpus()
        path = storage.cache_folder("dictionaries") / f"{self._cache_key(corpus)[:32]}.parquet"
        # First without the lock, which cannot be created if the cache is on a read-only disk.
        found = _read_cached(path)
        if found is not None:
            return found
        with storage.locked(path.with_suffix(".lock")):
            # Again: another process may have sampled it while this one waited for the lock.
            found = _read_cached(path)
            if found is not None:
                return found
            _logger.info("Sampling a dictionary from %d files into %s", len(corpus.files), path)
            table = self._sample(corpus, lambda step: None)
            write_dictionary(table, path)
            return table

    def _cache_key(self, corpus: TextCorpus) -> str:
        """Return a hash of everything that determines the table."""
        # Neither names of files nor the executor nor the number of threads: the result does not depend on them.
        parameters = {**self._parameters(), "scorers": [scorer.fingerprint() for scorer in self._scorers]}
        rule = self._options.rule.version
        key = {"corpus": corpus.content(), "parameters": parameters, "word_rule": rule, "sampler": _SAMPLER}
        # Only where it has an effect, so that all other tables in the cache stay valid.
        return storage.hash_json(key if self._keep_function_words else {**key, "function_words": _FUNCTION_WORDS})

    def _check_scorers(self) -> None:
        scores = [scorer.name for scorer in self._scorers if scorer.name != "count"]
        if scores and self._lowercase == "after":
            problem = f"the scores {scores[0]!r} of case variants cannot be added, as counts can"
            raise ConfigurationError(problem, path="scores", hint="remove it, or set lowercase: 'before'")
        for scorer in self._scorers if self._executor == "ray" else []:
            if scorer.needs:
                problem = f"'{scorer.name}' needs {scorer.needs[0]}, which 'ray' does not count"
                raise ConfigurationError(problem, path="executor", hint="remove the scorer, or use 'local'")

    def _sample(self, corpus: TextCorpus, report: Callable[[SamplingProgress], None]) -> pa.Table:
        def report_with_fraction(step: SamplingProgress) -> None:
            # The sampler gets blocks of unknown number; only the corpus knows which share of its files they are.
            report(step._replace(fraction=corpus.fraction) if step.stage == READING else step)

        if self._executor == "ray":
            sample = self._sample_in_shards(corpus, report)
        else:
            sample = sample_ngrams(
                corpus.blocks(),
                key=self._cache_key(corpus) if corpus.is_lasting else "",
                max_n=self._max_n,
                min_count=self._min_count,
                options=self._options,
                needs=self._needs,
                report=report_with_fraction,
                jobs=self._jobs,
            )
        entries = entries_of(
            sample,
            min_n=self._min_n,
            max_n=self._max_n,
            min_count=self._min_count,
            keep_function_words=self._keep_function_words,
            scorers=self._scorers,
        )
        origin = {
            "type": "ngram",
            "parameters": self._parameters(),
            "words": sample.total_words,
            **self._coverage(sample, entries),
            "corpus": corpus.hashes(),
        }
        entries = lower_cased(entries) if self._lowercase == "after" else entries
        return dictionary_table(
            entries.ngrams,
            entries.n,
            entries.counts,
            lowercase=bool(self._lowercase),
            origin=origin,
            max_size=self._max_size,
            scores=entries.scores,
            rule=self._options.rule,
        )

    def _sample_in_shards(self, corpus: TextCorpus, report: Callable[[SamplingProgress], None]) -> NgramSample:
        if not corpus.is_lasting:
            problem = "standard input cannot be read on other machines"
            raise ConfigurationError(problem, path="corpus", hint="name files, or use executor: 'local'")
        return sample_shards(
            corpus.shards(),
            RayShardExecutor(),
            max_n=self._max_n,
            min_count=self._min_count,
            options=self._options,
            report=report,
        )

    def _coverage(self, sample: NgramSample, entries: NgramEntries) -> dict[str, int]:
        """Return the number of covered words; empty if n-grams other than rare ones were removed."""
        # The sample counts coverage by all frequent n-grams; by fewer of them, it would have to be counted again.
        complete = entries.counts.size == sum(level.counts.size for level in sample.levels)
        cut = self._max_size is not None and self._max_size < entries.counts.size
        return {"covered_words": sample.covered_words} if complete and not cut else {}

    def _parameters(self) -> dict[str, Any]:
        return {
            "min_n": self._min_n,
            "max_n": self._max_n,
            "min_count": self._min_count,
            "max_size": self._max_size,
            "lowercase": self._lowercase,
            "keep_function_words": self._keep_function_words,
            "text_field": self._text_field,
            "errors": self._errors,
            # Options of later versions are recorded only if set, so that keys and metadata of earlier tables are valid.
            **({"scores": [scorer.name for scorer in self._scorers]} if self._scorers else {}),
            **({"punctuation": self._options.punctuation} if self._options.punctuation != "boundary" else {}),
        }


def _read_cached(path: Path) -> pa.Table | None:
    """Return a cached dictionary; None if there is none, or it is damaged and has to be sampled again."""
    if not path.exists():
        return None
    try:
        return read_dictionary(path)
    except ConfigurationError as error:
        _logger.warning("%s. It is sampled again", error)
        return None
