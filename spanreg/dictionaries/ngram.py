"""The dictionary of n-grams sampled from a corpus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pyarrow as pa

from spanreg import storage
from spanreg.dictionaries.artefact import dictionary_table, read_dictionary, write_dictionary
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.corpus import Corpus
from spanreg.dictionaries.derived import OnDemand, require_range
from spanreg.dictionaries.entries import Entries, entries_of, needs_of
from spanreg.dictionaries.executors import RayExecutor
from spanreg.dictionaries.reading import READING, Step
from spanreg.dictionaries.sampling import sample_ngrams
from spanreg.dictionaries.sharded import sample_shards
from spanreg.dictionaries.threads import default_jobs
from spanreg.registry import AtLeast, ConfigurationError, OnDisk
from spanreg.scorers.base import Sample, Scorer
from spanreg.text.words import WORD_RULE

_logger = logging.getLogger(__name__)

_SAMPLER = 1
"Version of what is counted; part of the cache's key."


@SpanDictionary.register("ngram")
class Ngram(OnDemand):
    """The word n-grams that occur in a corpus at least ``min_count`` times, with their exact counts.

    No n-gram crosses a boundary word (a full stop, a comma, ...; see ``spanreg.text.words``) or the end of a line.
    Registered as ``ngram``. Sampled at the first use and cached by the content of the corpus and the parameters.

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021, sample n-grams; the limits are ours.

    Parameters:
        corpus: a path or glob from the working folder on, ``pkg:package/file`` for one inside an installed package, or
            a list of them; UTF-8 text, a paragraph a line, or ``.jsonl``; both also as ``.gz`` and ``.zst``, which are
            unpacked on the way; or ``.parquet``.
        min_n: the shortest n-gram, in words.
        max_n: the longest n-gram, in words.
        min_count: the fewest occurrences.
        max_size: the most entries; the most frequent are kept. No limit by default.
        lowercase: whether words are counted, and looked up, in lower case.
        keep_function_words: whether to keep n-grams of nothing but (English) function words, such as "of the".
        scores: scorers whose figures are kept beside the counts, computed over the corpus; none by default.
        text_field: where ``.jsonl`` and ``.parquet`` have the text.
        errors: what to do about bytes that are not UTF-8: ``refuse`` the file, or ``replace`` them by U+FFFD.
        max_expansion: how many times the size of a packed file its text may have; what grows more is no text.
        executor: who counts: ``local``, this process, or ``ray``, a task for each file on a Ray cluster, where all
            machines find the files by the same paths. The result is the same.
        jobs: how many threads count, where this process does; as many as it may use cores, but no more than 8, by
            default. The result is the same.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``; a scorer is named twice; a file is missing, damaged or not
            UTF-8; no n-gram is left.
    """

    def __init__(
        self,
        corpus: Annotated[str | list[str], OnDisk()],
        min_n: Annotated[int, AtLeast(2)] = 2,
        max_n: Annotated[int, AtLeast(2)] = 5,
        min_count: Annotated[int, AtLeast(1)] = 10,
        max_size: Annotated[int, AtLeast(1)] | None = None,
        lowercase: bool = True,
        keep_function_words: bool = True,
        scores: list[Scorer] | None = None,
        text_field: str = "text",
        errors: Literal["refuse", "replace"] = "refuse",
        max_expansion: Annotated[int, AtLeast(1)] = 250,
        executor: Literal["local", "ray"] = "local",
        jobs: Annotated[int, AtLeast(1)] | None = None,
    ) -> None:
        require_range(min_n, max_n)
        self._corpus = [corpus] if isinstance(corpus, str) else list(corpus)
        self._text_field = text_field
        self._errors: Literal["refuse", "replace"] = errors
        self._max_expansion = max_expansion
        self._min_n = min_n
        self._max_n = max_n
        self._min_count = min_count
        self._max_size = max_size
        self._lowercase = lowercase
        self._keep_function_words = keep_function_words
        self._scorers = scores or []
        self._needs = needs_of(self._scorers)
        self._executor: Literal["local", "ray"] = executor
        self._jobs = jobs or default_jobs()
        self._refuse_places()

    def sample(self, report: Callable[[Step], None] = lambda step: None) -> pa.Table:
        """Samples the corpus, whatever is cached; ``report`` is told how far it is."""
        return self._sample(self._open(), report)

    def _open(self) -> Corpus:
        replace = self._errors == "replace"
        return Corpus(self._corpus, text_field=self._text_field, replace=replace, max_expansion=self._max_expansion)

    def make(self) -> pa.Table:
        corpus = self._open()
        path = storage.cache_folder("dictionaries") / f"{self._key(corpus)[:32]}.parquet"
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

    def _key(self, corpus: Corpus) -> str:
        """A hash of all that the table depends on."""
        parameters = {**self._parameters(), "scorers": [scorer.fingerprint() for scorer in self._scorers]}
        key = {"corpus": corpus.content(), "parameters": parameters, "word_rule": WORD_RULE, "sampler": _SAMPLER}
        return storage.hash_json(key)

    def _refuse_places(self) -> None:
        for scorer in self._scorers if self._executor == "ray" else []:
            if scorer.needs:
                problem = f"'{scorer.name}' needs {scorer.needs[0]}, which 'ray' does not count"
                raise ConfigurationError(problem, path="executor", hint="leave the scorer out, or count locally")

    def _sample(self, corpus: Corpus, report: Callable[[Step], None]) -> pa.Table:
        def report_with_fraction(step: Step) -> None:
            report(step._replace(fraction=corpus.fraction) if step.stage == READING else step)

        if self._executor == "ray":
            sample = self._sample_in_shards(corpus, report)
        else:
            sample = sample_ngrams(
                corpus.blocks(),
                key=self._key(corpus) if corpus.is_lasting else "",
                max_n=self._max_n,
                min_count=self._min_count,
                lowercase=self._lowercase,
                needs=self._needs,
                report=report_with_fraction,
                jobs=self._jobs,
            )
        entries = entries_of(
            sample,
            min_n=self._min_n,
            min_count=self._min_count,
            keep_function_words=self._keep_function_words,
            scorers=self._scorers,
        )
        origin = {
            "type": "ngram",
            "parameters": self._parameters(),
            "words": sample.total_words,
            **self._covered(sample, entries),
            "corpus": corpus.hashes(),
        }
        return dictionary_table(
            entries.ngrams,
            entries.n,
            entries.counts,
            lowercase=self._lowercase,
            origin=origin,
            max_size=self._max_size,
            scores=entries.scores,
        )

    def _sample_in_shards(self, corpus: Corpus, report: Callable[[Step], None]) -> Sample:
        if not corpus.is_lasting:
            raise ConfigurationError("standard input cannot be read by others", path="corpus", hint="name files")
        return sample_shards(
            corpus.shards(),
            RayExecutor(),
            max_n=self._max_n,
            min_count=self._min_count,
            lowercase=self._lowercase,
            report=report,
        )

    def _covered(self, sample: Sample, entries: Entries) -> dict[str, int]:
        """The words that the dictionary's n-grams cover, where none but the rare ones are left out."""
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
            **({"scores": [scorer.name for scorer in self._scorers]} if self._scorers else {}),
        }
