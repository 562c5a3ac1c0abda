"""Violations of the laws of dictionaries and scorers: each is reported with its law and the observed behaviour."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from spanreg.dictionaries import SpanDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table, table_fingerprint
from spanreg.scorers import NgramSample, Scorer
from spanreg.testing import check_component, laws_of

BrokenLaws = Callable[..., dict[str, str]]

# Makes the results of equal calls differ, without random numbers.
CALLS = count(1)


class ValidDictionary(SpanDictionary):
    """Dictionary that follows all laws: three phrases of one count. The broken ones derive from it."""

    phrases = ("of the", "in the end", "a b")
    lengths = (2, 3, 2)
    lowercase = True

    def __init__(self, occurrences: int = 3) -> None:
        self.occurrences = occurrences

    def table(self) -> pa.Table:
        counts = np.full(len(self.phrases), self.occurrences, np.int64)
        lengths = np.array(self.lengths, np.int32)
        return dictionary_table(list(self.phrases), lengths, counts, lowercase=self.lowercase, origin={})

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())


class MissingColumn(ValidDictionary):
    def table(self) -> pa.Table:
        return super().table().drop_columns("n")


class WrongColumnType(ValidDictionary):
    def table(self) -> pa.Table:
        table = super().table()
        return table.set_column(1, "n", table["n"].cast(pa.int64()))


class TextScore(ValidDictionary):
    def table(self) -> pa.Table:
        table = super().table()
        return table.append_column("note", table["ngram"])


class NoMetadata(ValidDictionary):
    def table(self) -> pa.Table:
        return super().table().replace_schema_metadata(None)


class TruncatedTable(ValidDictionary):
    def table(self) -> pa.Table:
        return super().table()[:2]


class DuplicateEntries(ValidDictionary):
    phrases = ("of the", "in the end", "of the")


class WrongWordCount(ValidDictionary):
    lengths = (2, 3, 3)


class SingleWordEntry(ValidDictionary):
    phrases, lengths = ("of the", "end"), (2, 1)


class UnsplitPunctuation(ValidDictionary):
    phrases, lengths = ("of the", "don't, know"), (2, 2)


class ZeroCount(ValidDictionary):
    def __init__(self, occurrences: int = 0) -> None:
        super().__init__(occurrences)


class UpperCaseEntry(ValidDictionary):
    phrases = ("of the", "In The End", "a b")


class ChangingTable(ValidDictionary):
    def table(self) -> pa.Table:
        self.occurrences = next(CALLS)
        return super().table()


class RandomFingerprint(ValidDictionary):
    def fingerprint(self) -> str:
        return f"{next(CALLS)}"


class FingerprintWithoutOption(ValidDictionary):
    def fingerprint(self) -> str:
        return "constant"


BROKEN: list[tuple[type[Any], str, str]] = [
    (MissingColumn, "the table has its columns", "there is no column 'n'; there are ngram, count"),
    (WrongColumnType, "the table has its columns", "column 'n' has type int64, not int32"),
    (TextScore, "the table has its columns", "the score 'note' has type string, not double"),
    (NoMetadata, "the metadata are complete", "is not a dictionary of spanreg"),
    (TruncatedTable, "the metadata are complete", "the metadata have 3 entries, the table 2"),
    (TruncatedTable, "it can be written and read", "is damaged: the hash of its entries does not match"),
    (DuplicateEntries, "entries are distinct ngrams", "1 n-grams are duplicates"),
    (WrongWordCount, "entries are distinct ngrams", "'a b' has n = 3, but 2 words"),
    (SingleWordEntry, "entries are distinct ngrams", "'end' has 1 words"),
    (UnsplitPunctuation, "entries are distinct ngrams", "the word rule finds"),
    (ZeroCount, "entries are distinct ngrams", "an n-gram has the count 0"),
    (UpperCaseEntry, "lower case is as declared", "lowercase is true, but ['In The End'] would never be found"),
    (ChangingTable, "results are repeated", "table returns another table the second time"),
    (RandomFingerprint, "results are repeated", "a second dictionary of the same config has another fingerprint"),
    (
        FingerprintWithoutOption,
        "different tables have different fingerprints",
        "occurrences = 4 changes the entries, but not the",
    ),
]


class ValidScorer(Scorer):
    """Scorer that follows all laws: counts times a factor. The broken ones derive from it."""

    name = "valid"

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return sample.levels[level].counts * self.factor


class WrongScorerName(ValidScorer):
    name = "wrong_name"


class UnknownNeed(ValidScorer):
    needs = ("neighbors",)  # type: ignore[assignment]


class UndeclaredNeed(ValidScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        documents = sample.levels[level].documents
        if documents is None:
            raise ValueError("documents were not counted")
        return documents.astype(np.float64)


class TooFewScores(ValidScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return super().scores(sample, level)[:1]


class IntegerScores(ValidScorer):
    def scores(self, sample: NgramSample, level: int) -> Any:
        return sample.levels[level].counts


class InfiniteScores(ValidScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return super().scores(sample, level) * np.inf


class ChangingScores(ValidScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return super().scores(sample, level) + next(CALLS)


class OverwritesSample(ValidScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        before = super().scores(sample, level)
        sample.levels[level].counts[:] = 1
        return before


class ScorerFingerprintWithoutOption(ValidScorer):
    def fingerprint(self) -> str:
        return "constant"


BROKEN_SCORERS: list[tuple[type[Any], str, str]] = [
    (WrongScorerName, "it is named as registered", "name is 'wrong_name', but it is registered as 'right_name'"),
    (UnknownNeed, "its needs are known", "needs 'neighbors'; there are neighbours, documents"),
    (UndeclaredNeed, "its needs are known", "ValueError: documents were not counted (test_broken_dictionaries.py:"),
    (TooFewScores, "every ngram has a finite score", "have shape (1,)"),
    (IntegerScores, "every ngram has a finite score", "scores have type int64, not float64"),
    (InfiniteScores, "every ngram has a finite score", "some scores are not finite"),
    (ChangingScores, "results are repeated", "scores differ the second time"),
    (OverwritesSample, "results are repeated", "scores differ the second time"),
    (
        ScorerFingerprintWithoutOption,
        "different scores have different fingerprints",
        "factor = 3.0 changes the scores, but not the fingerprint",
    ),
]


@pytest.mark.parametrize("cls", [ValidDictionary, ValidScorer])
def test_components_that_follow_the_laws_pass(cls: type[Any]) -> None:
    check_component(cls)


@pytest.mark.parametrize(
    ("cls", "law", "seen"), [*BROKEN, *BROKEN_SCORERS], ids=lambda value: getattr(value, "__name__", None)
)
def test_a_broken_law_is_reported(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    Scorer.register("right_name")(WrongScorerName)
    assert seen in broken_laws(cls)[law]


def test_every_law_has_a_violation() -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for _, law, _ in BROKEN} == set(laws_of(SpanDictionary)[3:])
    assert {law for _, law, _ in BROKEN_SCORERS} == set(laws_of(Scorer)[3:])
