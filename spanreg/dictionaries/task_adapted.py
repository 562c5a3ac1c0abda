"""Dictionary of a task's training texts."""

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
from spanreg.dictionaries.tables.derived import (
    CachedDictionary,
    all_rows,
    contained_in,
    require_range,
    require_word_options,
    select,
)
from spanreg.registry import AtLeast, ConfigurationError, Inherited, NotAbove
from spanreg.scorers.base import Scorer
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

if TYPE_CHECKING:
    from datasets import Dataset

TRAIN: Final = "train"
"The only split that is read: n-grams of evaluation texts would leak information about them."

_ROWS_A_BLOCK: Final = 4096


@SpanDictionary.register("task_adapted")
class TaskAdaptedDictionary(CachedDictionary):
    """N-grams of the task's training texts, with their counts and scores there; registered as ``task_adapted``.

    Only the split ``train`` is read; a sentence is a document. With a ``background`` dictionary, only n-grams that it
    also has are kept: general phrases that occur in the task. With ``associated``, only the n-grams that are most
    associated with the label are kept, by scikit-learn's ``chi2`` of label and presence in an example, in the column
    ``chi_squared`` (see ``LabelAssociation``).

    ``dictionary: { type: 'task_adapted', min_count: 3, associated: 1000 }``

    Source: scikit-learn, for ``chi2``.

    Parameters:
        data: data of the task; default: that of the config.
        background: dictionary to intersect with; default: none.
        min_n: length of the shortest n-grams, in words; default 2.
        max_n: length of the longest n-grams, in words; default 5.
        min_count: lowest number of occurrences in the training texts; default 3.
        max_size: largest number of entries, of which the most frequent are kept; default: no limit.
        lowercase: whether words are counted and looked up in lower case; default: as the background, or true.
        keep_function_words: whether to keep n-grams that consist of English function words, such as "of the"; default
            true.
        scores: scorers whose results become columns; default: none.
        associated: number of n-grams to keep, those with the highest chi-squared; default: labels are ignored.
        words: word rule; default: that of the background, or ``unicode``.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``; ``lowercase`` or ``words`` contradicts the background;
            ``associated`` is set for a task without classes; or there are no n-grams.
    """

    def __init__(
        self,
        data: Inherited[DatasetReader],
        background: SpanDictionary | None = None,
        min_n: Annotated[int, AtLeast(2), NotAbove("max_n")] = 2,
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
        kept = table if background is None else table.filter(contained_in(table, background))
        if self._associated is not None:
            order = [("chi_squared", "descending"), ("count", "descending"), ("ngram", "ascending")]
            kept = kept.take(pc.sort_indices(kept, order)[: self._associated])
        if not kept.num_rows:
            problem = f"the background has none of the {table.num_rows} n-grams of the training texts"
            raise ConfigurationError(problem, path="background", hint="lower min_count or give a larger background")
        origin = about_dictionary(table)["origin"]  # a new object at every call, so that it may be changed
        if background is not None:
            origin["background"] = about_dictionary(background)["origin"]
        # The largest size applies to what all other conditions leave, so it is not given to the sampling above.
        return select(kept, all_rows(kept), origin, max_size=self._max_size)

    def _options(self, background: pa.Table | None) -> WordOptions:
        """Return the word options: those of the background, if there is one."""
        if background is None:
            return WordOptions(self._rule or default_word_rule(), self._lowercase is not False)
        require_word_options(background, self._lowercase, self._rule, "the background")
        return WordOptions(word_rule_of(background), about_dictionary(background)["lowercase"])

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
            max_n=self._max_n,
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
        task = self._data.task
        if task.kind != "classification":
            problem = f"chi-squared compares classes, and '{task.name}' is a task of the kind {task.kind}"
            raise ConfigurationError(problem, path="associated", hint="remove the key")
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
    """Yield blocks of sentences, each a document on its own line; the two of a pair are neighbours."""
    # In this order, the example of document d is d // (sentences of an example): LabelAssociation relies on it.
    for first in range(0, len(columns[0]), _ROWS_A_BLOCK):
        rows = zip(*(column[first : first + _ROWS_A_BLOCK] for column in columns), strict=True)
        yield documents(text for row in rows for text in row)
