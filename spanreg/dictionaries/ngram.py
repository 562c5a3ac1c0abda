"""The dictionary of n-grams sampled from a corpus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

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
from spanreg.registry import AtLeast, ConfigurationError, OnDisk
from spanreg.scorers.base import NgramSample, Scorer
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

_logger = logging.getLogger(__name__)

_SAMPLER = 1
"Version of what is counted; part of the cache's key."


@SpanDictionary.register("ngram")
class NgramDictionary(CachedDictionary):
    """The word n-grams that occur in a corpus at least ``min_count`` times, with their exact counts.

    No n-gram crosses the end of a line or, by default, a boundary word (a full stop, a comma, ...; see
    ``spanreg.text.unicode.words``). Sampled at the first use, and cached by the corpus's content and the parameters.
    Registered as ``ngram``.

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; their released code keeps n-grams of 2 to 5 words that occur 10
    times or more, with ``words: 'whitespace'``, ``lowercase: 'after'`` and ``punctuation: 'drop'``.

    Parameters:
        corpus: a path or glob from the working folder on, ``pkg:package/file`` for one inside an installed package, or
            a list of them; UTF-8 text, a paragraph a line, or ``.jsonl``; both also as ``.gz`` and ``.zst``, which are
            unpacked on the way; or ``.parquet``.
        min_n: the shortest n-gram, in words.
        max_n: the longest n-gram, in words.
        min_count: the fewest occurrences.
        max_size: the most entries; the most frequent are kept. No limit by default.
        lowercase: when words are lower-cased: ``before`` they are counted (``true``, the default, means that, too), or
            ``after`` rare n-grams were left out, when the counts of case variants are added up; ``false``: never, and
            words are looked up as they stand in a text.
        keep_function_words: whether to keep n-grams of nothing but (English) function words, such as "of the".
        scores: scorers whose figures are kept beside the counts, computed over the corpus; none by default.
        text_field: where ``.jsonl`` and ``.parquet`` have the text.
        errors: what to do about bytes that are not UTF-8: ``refuse`` the file, or ``replace`` them by U+FFFD.
        max_expansion: how many times its own size a packed file may expand to; default, and most: the command's
            ``--limit expansion``, which is 250.
        executor: who counts: ``local``, this process, or ``ray``, a task for each file on a Ray cluster, where all
            machines find the files by the same paths. The result is the same.
        jobs: how many threads count, where this process does; as many as it may use cores, but no more than 8, by
            default. The result is the same.
        words: the rule by which words are found; ``unicode`` by default.
        punctuation: ``boundary``, no n-gram crosses a boundary word (a word whose first character is a full stop, a
            comma and the like); ``drop``, n-grams are left out that hold a word which is a substring of Python's
            ``string.punctuation``; ``keep``, punctuation is like other words.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``; a scorer is named twice, or given where ``lowercase`` is
            ``after``; a file is missing, damaged or not
            UTF-8; no n-gram is left.
    """

    words_by_default: ClassVar[str | None] = "unicode"

    def __init__(
        self,
        corpus: Annotated[str | list[str], OnDisk()],
        min_n: Annotated[int, AtLeast(2)] = 2,
        max_n: Annotated[int, AtLeast(2)] = 5,
        min_count: Annotated[int, AtLeast(1)] = 10,
        max_size: Annotated[int, AtLeast(1)] | None = None,
        lowercase: Literal["before", "after"] | bool = True,
        keep_function_words: bool = True,
        scores: list[Scorer] | None = None,
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
        self._lowercase: Literal["after"] | bool = lowercase == "before" or lowercase
        self._options = WordOptions(words or default_word_rule(), self._lowercase is True, punctuation)
        self._keep_function_words = keep_function_words
        self._scorers = scores or []
        self._needs = needs_of(self._scorers)
        self._executor: Literal["local", "ray"] = executor
        self._jobs = jobs or default_jobs()
        self._refuse_scorers()

    def sample(self, report: Callable[[SamplingProgress], None] = lambda step: None) -> pa.Table:
        """Samples the corpus, whatever is cached; ``report`` is told how far it is."""
        return self._sample(self._open(), report)

    def _open(self) -> TextCorpus:
        replace = self._errors == "replace"
        return TextCorpus(self._corpus, text_field=self._text_field, replace=replace, max_expansion=self._max_expansion)

    def make(self) -> pa.Table:
        corpus = self._open()
        path = storage.cache_folder("dictionaries") / f"{self._key(corpus)[:32]}.parquet"
        # looked for without the lock first: a cache that holds it serves from a read-only disk
        found = _cached(path)
        if found is not None:
            return found
        with storage.locked(path.with_suffix(".lock")):
            found = _cached(path)
            if found is not None:
                return found
            _logger.info("Sampling a dictionary from %d files into %s", len(corpus.files), path)
            table = self._sample(corpus, lambda step: None)
            write_dictionary(table, path)
            return table

    def _key(self, corpus: TextCorpus) -> str:
        """A hash of all that the table depends on."""
        parameters = {**self._parameters(), "scorers": [scorer.fingerprint() for scorer in self._scorers]}
        rule = self._options.rule.version
        key = {"corpus": corpus.content(), "parameters": parameters, "word_rule": rule, "sampler": _SAMPLER}
        return storage.hash_json(key)

    def _refuse_scorers(self) -> None:
        scores = [scorer.name for scorer in self._scorers if scorer.name != "count"]
        if scores and self._lowercase == "after":
            problem = f"the score {scores[0]!r} of case variants cannot be added up as counts are"
            raise ConfigurationError(problem, path="scores", hint="leave it out, or give lowercase: 'before'")
        for scorer in self._scorers if self._executor == "ray" else []:
            if scorer.needs:
                problem = f"'{scorer.name}' needs {scorer.needs[0]}, which 'ray' does not count"
                raise ConfigurationError(problem, path="executor", hint="leave the scorer out, or count locally")

    def _sample(self, corpus: TextCorpus, report: Callable[[SamplingProgress], None]) -> pa.Table:
        def report_with_fraction(step: SamplingProgress) -> None:
            report(step._replace(fraction=corpus.fraction) if step.stage == READING else step)

        if self._executor == "ray":
            sample = self._sample_in_shards(corpus, report)
        else:
            sample = sample_ngrams(
                corpus.blocks(),
                key=self._key(corpus) if corpus.is_lasting else "",
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
            raise ConfigurationError("standard input cannot be read by others", path="corpus", hint="name files")
        return sample_shards(
            corpus.shards(),
            RayShardExecutor(),
            max_n=self._max_n,
            min_count=self._min_count,
            options=self._options,
            report=report,
        )

    def _covered(self, sample: NgramSample, entries: NgramEntries) -> dict[str, int]:
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
            **({"punctuation": self._options.punctuation} if self._options.punctuation != "boundary" else {}),
        }


def _cached(path: Path) -> pa.Table | None:
    """Return a dictionary of the cache; None where there is none, or it is damaged."""
    if not path.exists():
        return None
    try:
        return read_dictionary(path)
    except ConfigurationError as error:
        _logger.warning("%s. It is sampled again", error)
        return None
