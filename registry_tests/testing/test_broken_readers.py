"""Violations of the laws of readers and metrics: each is reported with its law and the observed behaviour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import datasets
import numpy as np
import pytest
from numpy.typing import NDArray

from spanreg.data import DatasetReader, Task
from spanreg.metrics import Metric
from spanreg.metrics.sums import AdditiveScore, mean_of
from spanreg.registry import ConfigurationError
from spanreg.testing import check_component, laws_of

BrokenLaws = Callable[..., dict[str, str]]
Columns = dict[str, list[Any]]

# Makes the results of equal calls differ, without random numbers.
CALLS = count(1)


class ValidReader(DatasetReader):
    """Reader that follows all laws: repeated sentences. The broken ones derive from it."""

    def __init__(self, copies: int = 2) -> None:
        self.copies = copies
        self.task = Task("rain", "classification", ("no", "yes"), ("accuracy",), pair=False)

    def splits(self) -> Sequence[str]:
        return ("train", "validation")

    def read(self, split: str) -> datasets.Dataset:
        if split not in self.splits():
            raise ConfigurationError(f"rain has no split {split!r}")
        return datasets.Dataset.from_dict(self.columns(split))

    def columns(self, split: str) -> Columns:
        texts = [f"{split}: it rains", f"{split}: it is dry"] * self.copies
        return {"text": texts, "label": [1, 0] * self.copies, "idx": list(range(len(texts)))}


class RegressionWithLabels(ValidReader):
    def __init__(self) -> None:
        super().__init__()
        self.task = replace(self.task, kind="regression")


class UnknownMetric(ValidReader):
    def __init__(self) -> None:
        super().__init__()
        self.task = replace(self.task, metrics=("dryness",))


class TestComesFirst(ValidReader):
    # Pytest collects classes whose names begin with Test.
    __test__ = False

    def splits(self) -> Sequence[str]:
        return ("test", "train")


class UnreadableSplit(ValidReader):
    def columns(self, split: str) -> Columns:
        return {"train": super().columns(split)}[split]


class MissingColumn(ValidReader):
    def columns(self, split: str) -> Columns:
        return {name: column for name, column in super().columns(split).items() if name != "idx"}


class TextLabels(ValidReader):
    def columns(self, split: str) -> Columns:
        return {**super().columns(split), "label": ["yes", "no"] * self.copies}


class UndeclaredPair(ValidReader):
    def columns(self, split: str) -> Columns:
        columns = super().columns(split)
        return {**columns, "pair": columns["text"]}


class LabelOutOfRange(ValidReader):
    def columns(self, split: str) -> Columns:
        return {**super().columns(split), "label": [1, 2] * self.copies}


class UnlabelledExamples(ValidReader):
    def columns(self, split: str) -> Columns:
        return {**super().columns(split), "label": [1, -1] * self.copies}


class DuplicateIndices(ValidReader):
    def columns(self, split: str) -> Columns:
        return {**super().columns(split), "idx": [0, 1] * self.copies}


class AcceptsUnknownSplits(ValidReader):
    def read(self, split: str) -> datasets.Dataset:
        return datasets.Dataset.from_dict(self.columns(split))


class ChangingContent(ValidReader):
    def columns(self, split: str) -> Columns:
        columns = super().columns(split)
        return {**columns, "text": [f"{text} {next(CALLS)}" for text in columns["text"]]}


class FingerprintWithoutOption(ValidReader):
    def fingerprint(self, split: str) -> str:
        return split


BROKEN: list[tuple[type[Any], str, str]] = [
    (RegressionWithLabels, "the task is well formed", "a regression has the labels ('no', 'yes')"),
    (UnknownMetric, "the task is well formed", "the metrics ('dryness',) are not all registered"),
    (TestComesFirst, "splits are in order", "the splits are test, train, not in the order train, validation, test"),
    (UnreadableSplit, "splits are in order", "KeyError: 'validation' (test_broken_readers.py:"),
    (MissingColumn, "columns are the shared ones", "train lacks the columns idx"),
    (TextLabels, "columns are the shared ones", "column 'label' of train has type string, not int64"),
    (UndeclaredPair, "columns are the shared ones", "train has the column pair, but the task is on single texts"),
    (LabelOutOfRange, "labels are in range", "train has the label ids [2], but the task has 2 labels"),
    (UnlabelledExamples, "labels are in range", "some examples of train have no label"),
    (DuplicateIndices, "examples are numbered", "2 examples of train have the idx of another one"),
    (AcceptsUnknownSplits, "unknown splits are rejected", "does not raise a ConfigurationError"),
    (ChangingContent, "fingerprints are those of the content", "the fingerprint of train differs the second time"),
    (FingerprintWithoutOption, "fingerprints are those of the content", "copies = 3 changes train, but not its"),
]


class ValidMetric(Metric):
    """Metric that follows all laws: the share of right labels. The broken ones derive from it."""

    figures = ("share",)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"share": float((predictions == labels).mean())}


class WrongFigureName(ValidMetric):
    figures = ("part",)


class NumpyFigure(ValidMetric):
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> Any:
        return {"share": (predictions == labels).mean()}


class ErrorRate(ValidMetric):
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"share": float((predictions != labels).mean())}


class DependsOnOrder(ValidMetric):
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"share": float((predictions == labels) @ np.arange(len(labels)))}


class CountsItsCalls(ValidMetric):
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        self.calls += 1
        return {"share": super().__call__(predictions, labels)["share"] + self.calls * 1e-9}


class OverwritesPredictions(ValidMetric):
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        found = super().__call__(predictions, labels)
        predictions[:] = labels
        return found


class WrongSums(ValidMetric):
    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        return mean_of(2.0 * (np.asarray(predictions) == np.asarray(labels)))


BROKEN_METRICS: list[tuple[type[Any], str, str]] = [
    (WrongFigureName, "the figures are as declared", "returns share, declared part"),
    (NumpyFigure, "the figures are as declared", "share is a float64, not a float"),
    (ErrorRate, "perfect predictions score best", "share is 0 if all is right, 0.3 in part, 1 if all is wrong"),
    (DependsOnOrder, "the order of examples changes nothing", "and, in another order,"),
    (CountsItsCalls, "results are repeated", "and then {'share':"),
    (OverwritesPredictions, "results are repeated", "returns {'share': 0.7} and then {'share': 1.0}"),
    (WrongSums, "sums give the figures", "share is 0.7 and, from the sums of additive, 1.4"),
]


@pytest.mark.parametrize("cls", [ValidReader, ValidMetric])
def test_components_that_follow_the_laws_pass(cls: type[Any]) -> None:
    check_component(cls)


@pytest.mark.parametrize(
    ("cls", "law", "seen"), [*BROKEN, *BROKEN_METRICS], ids=lambda value: getattr(value, "__name__", None)
)
def test_a_broken_law_is_reported(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_has_a_violation() -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for _, law, _ in BROKEN} == set(laws_of(DatasetReader)[3:])
    assert {law for _, law, _ in BROKEN_METRICS} == set(laws_of(Metric)[3:])
