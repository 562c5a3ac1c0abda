"""The dictionary of a task, from its training text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from spanreg.data.base import DatasetReader
from spanreg.dictionaries.base import SpanDictionary, word_rule_of
from spanreg.dictionaries.sampling.entries import entries_of, needs_of
from spanreg.dictionaries.sampling.ngrams import sample_ngrams
from spanreg.dictionaries.sampling.records import documents
from spanreg.dictionaries.sampling.word_options import WordOptions
from spanreg.dictionaries.tables.artefact import about_dictionary, dictionary_table
from spanreg.dictionaries.tables.association import LabelAssociation
from spanreg.dictionaries.tables.derived import CachedDictionary, all_rows, holds, require_range, select
from spanreg.registry import AtLeast, ConfigurationError, Inherited
from spanreg.scorers.base import Scorer
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

if TYPE_CHECKING:
    from datasets import Dataset

TRAIN: Final = "train"
"The only split that is read: what is learnt of the others would be learnt of the answers."

_TEXTS_A_BLOCK = 4096


@SpanDictionary.register("task_adapted")
class TaskAdaptedDictionary(CachedDictionary):
    """The word n-grams of the task's own training texts, with their counts and scores there.

    Only the split ``train`` is read. With a ``background`` dictionary, only n-grams that it holds too are kept: they
    are phrases of the language at large and matter in the task. With ``associated``, only those that go with the label
    are kept, by scikit-learn's ``chi2`` of label and presence in an example; it becomes the column ``chi_squared``. It
    sums over the examples with the n-gram, so it is the statistic of the whole table of presence and label times the
    share of the examples without it. A sentence is a document.
    Registered as ``task_adapted``.

    Parameters:
        data: the task; by default that of the config.
        background: a dictionary to intersect with; none by default.
        min_n: the shortest n-gram, in words.
        max_n: the longest n-gram, in words.
        min_count: the fewest occurrences in the training texts.
        max_size: the most entries; the most frequent are kept. No limit by default.
        lowercase: whether words are counted, and looked up, in lower case; by default as the background, or yes.
        keep_function_words: whether to keep n-grams of nothing but (English) function words, such as "of the".
        scores: scorers whose figures are kept beside the counts; none by default.
        associated: how many n-grams to keep, those with the highest chi-squared; by default, labels are not looked at.
        words: the rule by which words are found; by default that of the background, or ``unicode``.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``; ``lowercase`` or ``words`` contradicts the background;
            ``associated`` for a task without classes; no n-gram is left.
    """

    def __init__(
        self,
        data: Inherited[DatasetReader],
        background: SpanDictionary | None = None,
        min_n: Annotated[int, AtLeast(2)] = 2,
        max_n: Annotated[int, AtLeast(2)] = 5,
        min_count: Annotated[int, AtLeast(1)] = 3,
        max_size: Annotated[int, AtLeast(1)] | None = None,
        lowercase: bool | None = None,
        keep_function_words: bool = True,
        scores: list[Scorer] | None = None,
        associated: Annotated[int, AtLeast(1)] | None = None,
        words: WordRule | None = None,
    ) -> None:
        require_range(min_n, max_n)
        self._data = data
        self._background = background
        self._min_n = min_n
        self._max_n = max_n
        self._min_count = min_count
        self._max_size = max_size
        self._lowercase = lowercase
        self._keep_function_words = keep_function_words
        self._scorers = scores or []
        self._needs = needs_of(self._scorers)
        self._associated = associated
        self._rule = words

    def make(self) -> pa.Table:
        background = None if self._background is None else self._background.table()
        table = self._sample(self._options(background))
        if background is None and self._associated is None and self._max_size is None:
            return table
        rows = all_rows(table) if background is None else holds(table, background)
        kept = table.filter(rows)
        if self._associated is not None:
            order = [("chi_squared", "descending"), ("count", "descending"), ("ngram", "ascending")]
            kept = kept.take(pc.sort_indices(kept, order)[: self._associated])
        kept = kept.take(pc.sort_indices(kept, [("count", "descending"), ("n", "ascending"), ("ngram", "ascending")]))
        kept = kept.slice(0, self._max_size)
        if not kept.num_rows:
            problem = f"the background holds none of the {table.num_rows} n-grams of the training texts"
            raise ConfigurationError(problem, path="background", hint="lower min_count or give a larger background")
        origin = about_dictionary(table)["origin"]
        if background is not None:
            origin["background"] = about_dictionary(background)["origin"]
        return select(kept, all_rows(kept), origin)

    def _options(self, background: pa.Table | None) -> WordOptions:
        """How the training texts become words: as those of the background did."""
        if background is None:
            return WordOptions(self._rule or default_word_rule(), self._lowercase is not False)
        about = about_dictionary(background)
        for key, wanted in (("lowercase", self._lowercase), ("words", self._rule and self._rule.name)):
            if wanted not in (None, about[key]):
                problem = f"{key} is {wanted}, but that of the background is {about[key]}"
                raise ConfigurationError(problem, path=key, hint="leave it out")
        return WordOptions(word_rule_of(background), about["lowercase"])

    def _sample(self, options: WordOptions) -> pa.Table:
        train = self._data.read(TRAIN)
        columns = [name for name in ("text", "pair") if name in train.column_names]
        association = self._association(train, len(columns))
        sample = sample_ngrams(
            _blocks([train[name] for name in columns]),
            max_n=self._max_n,
            min_count=self._min_count,
            options=options,
            needs=self._needs,
            visit=association.visit if association else None,
        )
        entries = entries_of(
            sample,
            min_n=self._min_n,
            min_count=self._min_count,
            keep_function_words=self._keep_function_words,
            scorers=[*self._scorers, *([association] if association else [])],
        )
        return dictionary_table(
            entries.ngrams,
            entries.n,
            entries.counts,
            lowercase=options.lowercase,
            origin=self._origin(sample.total_words),
            scores=entries.scores,
            rule=options.rule,
        )

    def _association(self, train: Dataset, sentences: int) -> LabelAssociation | None:
        if self._associated is None:
            return None
        if self._data.task.kind != "classification":
            problem = f"the labels of the task '{self._data.task.name}' are numbers, not classes"
            raise ConfigurationError(problem, path="associated", hint="leave it out")
        return LabelAssociation(train["label"], sentences)

    def _origin(self, words: int) -> dict[str, Any]:
        parameters = {
            "min_n": self._min_n,
            "max_n": self._max_n,
            "min_count": self._min_count,
            "max_size": self._max_size,
            "keep_function_words": self._keep_function_words,
            "scores": [scorer.name for scorer in self._scorers],
            "associated": self._associated,
        }
        data = {"task": self._data.task.name, "split": TRAIN, "fingerprint": self._data.fingerprint(TRAIN)}
        return {"type": "task_adapted", "parameters": parameters, "words": words, "data": data}


def _blocks(columns: Sequence[Sequence[str]]) -> Iterator[bytes]:
    """The sentences, those of a pair one after the other, each a document on a line of its own."""
    for first in range(0, len(columns[0]), _TEXTS_A_BLOCK):
        rows = zip(*(column[first : first + _TEXTS_A_BLOCK] for column in columns), strict=True)
        yield documents(text for row in rows for text in row)
