"""A dictionary or a scorer that breaks a law is reported, for the right reason."""

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

NOISE = count(1)


class Sound(SpanDictionary):
    """Phrases with as many occurrences as asked for, from which all others here depart."""

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


class LacksAColumn(Sound):
    def table(self) -> pa.Table:
        return super().table().drop_columns("n")


class WideNumbers(Sound):
    def table(self) -> pa.Table:
        table = super().table()
        return table.set_column(1, "n", table["n"].cast(pa.int64()))


class WordsAsScore(Sound):
    def table(self) -> pa.Table:
        table = super().table()
        return table.append_column("note", table["ngram"])


class SaysNothingOfItself(Sound):
    def table(self) -> pa.Table:
        return super().table().replace_schema_metadata(None)


class Shortened(Sound):
    def table(self) -> pa.Table:
        return super().table()[:2]


class Twice(Sound):
    phrases = ("of the", "in the end", "of the")


class Miscounted(Sound):
    lengths = (2, 3, 3)


class OneWord(Sound):
    phrases, lengths = ("of the", "end"), (2, 1)


class Unsplit(Sound):
    phrases, lengths = ("of the", "don't, know"), (2, 2)


class NeverSeen(Sound):
    def __init__(self, occurrences: int = 0) -> None:
        super().__init__(occurrences)


class UpperCase(Sound):
    phrases = ("of the", "In The End", "a b")


class Drifts(Sound):
    def table(self) -> pa.Table:
        self.occurrences = next(NOISE)
        return super().table()


class NamesItself(Sound):
    def fingerprint(self) -> str:
        return f"{next(NOISE)}"


class ForgetsItsOption(Sound):
    def fingerprint(self) -> str:
        return "sound"


BROKEN: list[tuple[type[Any], str, str]] = [
    (LacksAColumn, "the table has its columns", "there is no column 'n'; there are ngram, count"),
    (WideNumbers, "the table has its columns", "column 'n' has type int64, not int32"),
    (WordsAsScore, "the table has its columns", "the score 'note' has type string, not double"),
    (SaysNothingOfItself, "the metadata are complete", "is not a dictionary of spanreg"),
    (Shortened, "the metadata are complete", "the metadata have 3 entries, the table 2"),
    (Shortened, "it can be written and read", "is damaged: the hash of its entries does not match"),
    (Twice, "entries are distinct ngrams", "1 n-grams are duplicates"),
    (Miscounted, "entries are distinct ngrams", "'a b' has n = 3, but 2 words"),
    (OneWord, "entries are distinct ngrams", "'end' has 1 words"),
    (Unsplit, "entries are distinct ngrams", "the word rule finds"),
    (NeverSeen, "entries are distinct ngrams", "an n-gram has the count 0"),
    (UpperCase, "lower case is as declared", "lowercase is true, but ['In The End'] would never be found"),
    (Drifts, "results are repeated", "table returns another table the second time"),
    (NamesItself, "results are repeated", "a second dictionary of the same config has another fingerprint"),
    (
        ForgetsItsOption,
        "different tables have different fingerprints",
        "occurrences = 4 changes the entries, but not the",
    ),
]


class SoundScorer(Scorer):
    """Counts by a factor, from which the other scorers here depart."""

    name = "sound"

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return sample.levels[level].counts * self.factor


class WrongName(SoundScorer):
    name = "wrong_name"


class UnknownNeed(SoundScorer):
    needs = ("neighbors",)  # type: ignore[assignment]


class UntoldNeed(SoundScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        documents = sample.levels[level].documents
        if documents is None:
            raise ValueError("nobody counted documents")
        return documents.astype(np.float64)


class OneScore(SoundScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return super().scores(sample, level)[:1]


class WholeNumbers(SoundScorer):
    def scores(self, sample: NgramSample, level: int) -> Any:
        return sample.levels[level].counts


class Infinite(SoundScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return super().scores(sample, level) * np.inf


class DriftingScorer(SoundScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return super().scores(sample, level) + next(NOISE)


class ChangesTheSample(SoundScorer):
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        before = super().scores(sample, level)
        sample.levels[level].counts[:] = 1
        return before


class ForgetfulScorer(SoundScorer):
    def fingerprint(self) -> str:
        return "sound"


BROKEN_SCORERS: list[tuple[type[Any], str, str]] = [
    (WrongName, "it is named as registered", "name is 'wrong_name', but it is registered as 'right_name'"),
    (UnknownNeed, "its needs are known", "needs 'neighbors'; there are neighbours, documents"),
    (UntoldNeed, "its needs are known", "ValueError: nobody counted documents (test_broken_dictionaries.py:"),
    (OneScore, "every ngram has a finite score", "have shape (1,)"),
    (WholeNumbers, "every ngram has a finite score", "scores have type int64, not float64"),
    (Infinite, "every ngram has a finite score", "some scores are not finite"),
    (DriftingScorer, "results are repeated", "scores differ the second time"),
    (ChangesTheSample, "results are repeated", "scores differ the second time"),
    (
        ForgetfulScorer,
        "different scores have different fingerprints",
        "factor = 3.0 changes the scores, but not the fingerprint",
    ),
]


@pytest.mark.parametrize("cls", [Sound, SoundScorer])
def test_those_that_they_depart_from_are_sound(cls: type[Any]) -> None:
    check_component(cls)


@pytest.mark.parametrize(
    ("cls", "law", "seen"), [*BROKEN, *BROKEN_SCORERS], ids=lambda value: getattr(value, "__name__", None)
)
def test_is_told(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    Scorer.register("right_name")(WrongName)
    assert seen in broken_laws(cls)[law]


def test_every_law_is_tried() -> None:
    assert {law for _, law, _ in BROKEN} == set(laws_of(SpanDictionary)[3:])
    assert {law for _, law, _ in BROKEN_SCORERS} == set(laws_of(Scorer)[3:])
