"""The dictionary of a task's training split: exact counts, a background, and association with the label."""

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


class TrainOnlyReader(DatasetReader):
    """Reader of five examples that fails if another split than ``train`` is read."""

    def __init__(self, *, pair: bool = False, regression: bool = False, labels: list[int] = LABELS) -> None:
        kind: Any = "regression" if regression else "classification"
        self.task = Task(name="guarded", kind=kind, labels=("bad", "good"), metrics=("accuracy",), pair=pair)
        self._labels = labels

    def splits(self) -> Sequence[str]:
        return ("train", "validation", "test")

    def read(self, split: str) -> Dataset:
        assert split == "train", f"the split {split} was read"
        pair = {"pair": PAIRS} if self.task.pair else {}
        return Dataset.from_dict({"text": TEXTS, **pair, "label": self._labels, "idx": list(range(len(TEXTS)))})


def counts_of_dictionary(dictionary: SpanDictionary) -> dict[str, int]:
    """Return the count of each n-gram of a dictionary."""
    table = dictionary.table()
    return dict(zip(table["ngram"].to_pylist(), table["count"].to_pylist(), strict=True))


def slow_counts(texts: list[str], max_n: int, min_count: int) -> dict[str, int]:
    """Return the count of each frequent n-gram of the lines of some texts."""
    runs = [line.split() for text in texts for line in text.split("\n")]
    counts = Counter(
        " ".join(run[i : i + n]) for run in runs for n in range(2, max_n + 1) for i in range(len(run) - n + 1)
    )
    return {ngram: count for ngram, count in counts.items() if count >= min_count}


@pytest.mark.parametrize("pair", [False, True])
def test_the_training_texts_alone_are_counted(pair: bool) -> None:
    dictionary = TaskAdaptedDictionary(TrainOnlyReader(pair=pair), max_n=3, min_count=2)
    assert counts_of_dictionary(dictionary) == slow_counts([*TEXTS, *(PAIRS if pair else [])], 3, 2)
    origin = about_dictionary(dictionary.table())["origin"]
    assert origin["data"]["task"] == "guarded"
    assert origin["data"]["split"] == "train"


def test_builds_from_a_config_with_the_data_of_the_experiment() -> None:
    config = {"type": "task_adapted", "min_count": 2, "scores": ["document_frequency", "pmi"]}
    nested = {"type": "filtered", "dictionary": config, "min_n": 3}
    dictionary = SpanDictionary.from_params(nested, data=TrainOnlyReader())
    assert "a good film" in counts_of_dictionary(dictionary)
    assert dictionary.table().schema.names == ["ngram", "n", "count", "document_frequency", "pmi"]


def test_each_training_text_is_a_document() -> None:
    table = TaskAdaptedDictionary(TrainOnlyReader(), min_count=1, scores=[DocumentFrequencyScorer()]).table()
    rows = {row["ngram"]: row for row in table.to_pylist()}
    assert (rows["good film"]["count"], rows["good film"]["document_frequency"]) == (4, 3)
    assert "film again" in rows, "from the fourth text; the second has an end of line between the two words"
    assert rows["film again"]["count"] == 1


def test_a_background_dictionary_filters_the_ngrams(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("Good Film\nnever seen\na bad film\n", encoding="utf-8")
    background = FileDictionary(str(tmp_path / "list.txt"))
    dictionary = TaskAdaptedDictionary(TrainOnlyReader(), background, min_count=1)
    assert counts_of_dictionary(dictionary) == {"good film": 4, "a bad film": 2}
    assert about_dictionary(dictionary.table())["origin"]["background"]["type"] == "file"
    limited = TaskAdaptedDictionary(TrainOnlyReader(), background, min_count=1, max_size=1)
    assert counts_of_dictionary(limited) == {"good film": 4}
    with pytest.raises(ConfigurationError, match="background: the background has none of the"):
        TaskAdaptedDictionary(TrainOnlyReader(), background, min_count=1, min_n=4).table()
    with pytest.raises(ConfigurationError, match="lowercase: is false, but the background was sampled with true"):
        TaskAdaptedDictionary(TrainOnlyReader(), background, lowercase=False).table()


@pytest.mark.parametrize("pair", [False, True])
def test_association_equals_the_chi_squared_of_scikit_learn(pair: bool) -> None:
    dictionary = TaskAdaptedDictionary(TrainOnlyReader(pair=pair), max_n=3, min_count=1, associated=100)
    table = dictionary.table()
    vectorizer = CountVectorizer(
        ngram_range=(2, 3),
        binary=True,
        analyzer=lambda texts: slow_counts(texts, 3, 1),
        vocabulary=table["ngram"].to_pylist(),
    )
    examples = [[text, *([PAIRS[i]] if pair else [])] for i, text in enumerate(TEXTS)]
    expected, _ = chi2(vectorizer.transform(examples), LABELS)
    np.testing.assert_allclose(table["chi_squared"].to_numpy(), expected, atol=1e-12)
    # scikit-learn sums over the examples with the n-gram: the statistic of the whole table is larger, as the page
    # of dictionaries states.
    present = vectorizer.transform(examples).toarray()
    for column, statistic in zip(present.T, expected, strict=True):
        contingency = [
            [np.sum((np.array(LABELS) == label) & (column == presence)) for presence in (1, 0)] for label in set(LABELS)
        ]
        statistic_of_table = chi2_contingency(contingency, correction=False).statistic
        assert statistic == pytest.approx(statistic_of_table * (column == 0).mean())


def test_the_ngrams_most_associated_with_the_label_are_kept() -> None:
    associated = TaskAdaptedDictionary(TrainOnlyReader(), max_n=2, min_count=1, associated=2)
    assert set(counts_of_dictionary(associated)) == {"a bad", "bad film"}
    unknown = TaskAdaptedDictionary(TrainOnlyReader(labels=[-1, -1, 0, 0, 1]), max_n=2, min_count=1, associated=2)
    assert set(counts_of_dictionary(unknown)) == {"a good", "good film"}
    message = "associated: chi-squared compares classes, and 'guarded' is a task of the kind regression"
    with pytest.raises(ConfigurationError, match=message):
        TaskAdaptedDictionary(TrainOnlyReader(regression=True), associated=2).table()


def test_wrong_lengths_and_counts_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="min_n: min_n 4 exceeds max_n 3"):
        TaskAdaptedDictionary(TrainOnlyReader(), min_n=4, max_n=3)
    with pytest.raises(ConfigurationError, match="no n-gram of 2 to 5 words occurs at least 99 times"):
        TaskAdaptedDictionary(TrainOnlyReader(), min_count=99).table()
