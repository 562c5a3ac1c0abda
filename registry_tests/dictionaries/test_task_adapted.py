"""The task's dictionary: only the training split, exact counts, phrases associated with the label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset
from scipy.stats import chi2_contingency
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import chi2

from spanreg.data.base import DatasetReader, Task
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.tables.artefact import about_dictionary
from spanreg.dictionaries.task_adapted import TaskAdaptedDictionary
from spanreg.registry import ConfigurationError
from spanreg.scorers.document_frequency import DocumentFrequencyScorer

TEXTS = ["a good film indeed", "a good film\nagain", "a bad film indeed", "a bad film again", "a good film a good film"]
PAIRS = ["not a bad film", "a good film", "in the end", "in the end", "a film"]
LABELS = [1, 1, 0, 0, 1]


class Guarded(DatasetReader):
    """Task whose other splits must not be read."""

    def __init__(self, *, pair: bool = False, regression: bool = False, labels: list[int] = LABELS) -> None:
        kind: Any = "regression" if regression else "classification"
        self.task = Task(name="guarded", kind=kind, labels=("bad", "good"), metrics=("accuracy",), pair=pair)
        self._labels = labels

    def splits(self) -> Sequence[str]:
        return ("train", "validation", "test")

    def read(self, split: str) -> Dataset:
        assert split == "train", f"the split {split} was looked at"
        pair = {"pair": PAIRS} if self.task.pair else {}
        return Dataset.from_dict({"text": TEXTS, **pair, "label": self._labels, "idx": list(range(len(TEXTS)))})


def counts(dictionary: SpanDictionary) -> dict[str, int]:
    table = dictionary.table()
    return dict(zip(table["ngram"].to_pylist(), table["count"].to_pylist(), strict=True))


def slow(texts: list[str], max_n: int, min_count: int) -> dict[str, int]:
    runs = [line.split() for text in texts for line in text.split("\n")]
    found = Counter(
        " ".join(run[i : i + n]) for run in runs for n in range(2, max_n + 1) for i in range(len(run) - n + 1)
    )
    return {ngram: count for ngram, count in found.items() if count >= min_count}


@pytest.mark.parametrize("pair", [False, True])
def test_counts_the_training_texts_and_nothing_else(pair: bool) -> None:
    dictionary = TaskAdaptedDictionary(Guarded(pair=pair), max_n=3, min_count=2)
    assert counts(dictionary) == slow([*TEXTS, *(PAIRS if pair else [])], 3, 2)
    origin = about_dictionary(dictionary.table())["origin"]
    assert origin["data"]["task"] == "guarded"
    assert origin["data"]["split"] == "train"


def test_builds_from_a_config_with_the_data_handed_down() -> None:
    config = {"type": "task_adapted", "min_count": 2, "scores": ["document_frequency", "pmi"]}
    nested = {"type": "filtered", "dictionary": config, "min_n": 3}
    dictionary = SpanDictionary.from_params(nested, data=Guarded())
    assert "a good film" in counts(dictionary)
    assert dictionary.table().schema.names == ["ngram", "n", "count", "document_frequency", "pmi"]


def test_a_sentence_is_a_document() -> None:
    table = TaskAdaptedDictionary(Guarded(), min_count=1, scores=[DocumentFrequencyScorer()]).table()
    rows = {row["ngram"]: row for row in table.to_pylist()}
    assert (rows["good film"]["count"], rows["good film"]["document_frequency"]) == (4, 3)
    assert "film again" in rows, "of the fourth; the second has an end of line there"
    assert rows["film again"]["count"] == 1


def test_a_background_filters(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("Good Film\nnever seen\na bad film\n", encoding="utf-8")
    background = FileDictionary(str(tmp_path / "list.txt"))
    dictionary = TaskAdaptedDictionary(Guarded(), background, min_count=1)
    assert counts(dictionary) == {"good film": 4, "a bad film": 2}
    assert about_dictionary(dictionary.table())["origin"]["background"]["type"] == "file"
    assert counts(TaskAdaptedDictionary(Guarded(), background, min_count=1, max_size=1)) == {"good film": 4}
    with pytest.raises(ConfigurationError, match="background: the background has none of the"):
        TaskAdaptedDictionary(Guarded(), background, min_count=1, min_n=4).table()
    with pytest.raises(ConfigurationError, match="lowercase: is false, but the background was sampled with true"):
        TaskAdaptedDictionary(Guarded(), background, lowercase=False).table()


@pytest.mark.parametrize("pair", [False, True])
def test_association_equals_scikit_learns(pair: bool) -> None:
    dictionary = TaskAdaptedDictionary(Guarded(pair=pair), max_n=3, min_count=1, associated=100)
    table = dictionary.table()
    vectorizer = CountVectorizer(
        ngram_range=(2, 3), binary=True, analyzer=lambda texts: slow(texts, 3, 1), vocabulary=table["ngram"].to_pylist()
    )
    examples = [[text, *([PAIRS[i]] if pair else [])] for i, text in enumerate(TEXTS)]
    expected, _ = chi2(vectorizer.transform(examples), LABELS)
    np.testing.assert_allclose(table["chi_squared"].to_numpy(), expected, atol=1e-12)
    # It sums over the examples with the n-gram: the statistic of the whole table is larger, as the page says.
    present = vectorizer.transform(examples).toarray()
    for column, statistic in zip(present.T, expected, strict=True):
        counts = [[np.sum((np.array(LABELS) == label) & (column == has)) for has in (1, 0)] for label in set(LABELS)]
        whole = chi2_contingency(counts, correction=False).statistic
        assert statistic == pytest.approx(whole * (column == 0).mean())


def test_only_the_associated_are_kept() -> None:
    assert set(counts(TaskAdaptedDictionary(Guarded(), max_n=2, min_count=1, associated=2))) == {"a bad", "bad film"}
    unknown = TaskAdaptedDictionary(Guarded(labels=[-1, -1, 0, 0, 1]), max_n=2, min_count=1, associated=2)
    assert set(counts(unknown)) == {"a good", "good film"}
    with pytest.raises(ConfigurationError, match="associated: the labels of the task 'guarded' are numbers"):
        TaskAdaptedDictionary(Guarded(regression=True), associated=2).table()


def test_mistakes() -> None:
    with pytest.raises(ConfigurationError, match="min_n: min_n 4 exceeds max_n 3"):
        TaskAdaptedDictionary(Guarded(), min_n=4, max_n=3)
    with pytest.raises(ConfigurationError, match="no n-gram of 2 to 5 words occurs at least 99 times"):
        TaskAdaptedDictionary(Guarded(), min_count=99).table()
