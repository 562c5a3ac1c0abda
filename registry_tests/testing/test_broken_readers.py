"""A reader or a metric that breaks a law is reported, for the right reason."""

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

NOISE = count(1)


class Sound(DatasetReader):
    """Some sentences again and again, from which all others here depart."""

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


class LabelsOfRegression(Sound):
    def __init__(self) -> None:
        super().__init__()
        self.task = replace(self.task, kind="regression")


class UnknownMetric(Sound):
    def __init__(self) -> None:
        super().__init__()
        self.task = replace(self.task, metrics=("dryness",))


class TestComesFirst(Sound):
    __test__ = False

    def splits(self) -> Sequence[str]:
        return ("test", "train")


class CannotReadAll(Sound):
    def columns(self, split: str) -> Columns:
        return {"train": super().columns(split)}[split]


class LacksAColumn(Sound):
    def columns(self, split: str) -> Columns:
        return {name: column for name, column in super().columns(split).items() if name != "idx"}


class LabelsAsWords(Sound):
    def columns(self, split: str) -> Columns:
        return {**super().columns(split), "label": ["yes", "no"] * self.copies}


class PairOfNoPair(Sound):
    def columns(self, split: str) -> Columns:
        columns = super().columns(split)
        return {**columns, "pair": columns["text"]}


class OneLabelMore(Sound):
    def columns(self, split: str) -> Columns:
        return {**super().columns(split), "label": [1, 2] * self.copies}


class Unlabelled(Sound):
    def columns(self, split: str) -> Columns:
        return {**super().columns(split), "label": [1, -1] * self.copies}


class SameIndex(Sound):
    def columns(self, split: str) -> Columns:
        return {**super().columns(split), "idx": [0, 1] * self.copies}


class GivesAnySplit(Sound):
    def read(self, split: str) -> datasets.Dataset:
        return datasets.Dataset.from_dict(self.columns(split))


class Drifts(Sound):
    def columns(self, split: str) -> Columns:
        columns = super().columns(split)
        return {**columns, "text": [f"{text} {next(NOISE)}" for text in columns["text"]]}


class ForgetsItsOption(Sound):
    def fingerprint(self, split: str) -> str:
        return split


BROKEN: list[tuple[type[Any], str, str]] = [
    (LabelsOfRegression, "the task is well formed", "a regression has the labels ('no', 'yes')"),
    (UnknownMetric, "the task is well formed", "the metrics ('dryness',) are not all registered"),
    (TestComesFirst, "splits are in order", "the splits are test, train, not in the order train, validation, test"),
    (CannotReadAll, "splits are in order", "KeyError: 'validation' (test_broken_readers.py:"),
    (LacksAColumn, "columns are the shared ones", "train lacks the columns idx"),
    (LabelsAsWords, "columns are the shared ones", "column 'label' of train has type string, not int64"),
    (PairOfNoPair, "columns are the shared ones", "train has the column pair, but the task is on single texts"),
    (OneLabelMore, "labels are in range", "train has the label ids [2], but the task has 2 labels"),
    (Unlabelled, "labels are in range", "some examples of train have no label"),
    (SameIndex, "examples are numbered", "2 examples of train have the idx of another one"),
    (GivesAnySplit, "unknown splits are rejected", "does not raise a ConfigurationError"),
    (Drifts, "fingerprints are those of the content", "the fingerprint of train differs the second time"),
    (ForgetsItsOption, "fingerprints are those of the content", "copies = 3 changes train, but not its"),
]


class SoundMetric(Metric):
    """Share of right labels, from which the other metrics here depart."""

    figures = ("share",)

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"share": float((predictions == labels).mean())}


class OtherName(SoundMetric):
    figures = ("part",)


class NumpyFigure(SoundMetric):
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> Any:
        return {"share": (predictions == labels).mean()}


class Errors(SoundMetric):
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"share": float((predictions != labels).mean())}


class LatestCountMost(SoundMetric):
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        return {"share": float((predictions == labels) @ np.arange(len(labels)))}


class Tally(SoundMetric):
    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        self.seen += 1
        return {"share": super().__call__(predictions, labels)["share"] + self.seen * 1e-9}


class Overwrites(SoundMetric):
    def __call__(self, predictions: NDArray[Any], labels: NDArray[Any]) -> dict[str, float]:
        found = super().__call__(predictions, labels)
        predictions[:] = labels
        return found


class DoubledSums(SoundMetric):
    def additive(self, figure: str, predictions: Any, labels: Any) -> AdditiveScore:
        return mean_of(2.0 * (np.asarray(predictions) == np.asarray(labels)))


BROKEN_METRICS: list[tuple[type[Any], str, str]] = [
    (OtherName, "the figures are as declared", "returns share, declared part"),
    (NumpyFigure, "the figures are as declared", "share is a float64, not a float"),
    (Errors, "perfect predictions score best", "share is 0 if all is right, 0.3 in part, 1 if all is wrong"),
    (LatestCountMost, "the order of examples changes nothing", "and, in another order,"),
    (Tally, "results are repeated", "and then {'share':"),
    (Overwrites, "results are repeated", "returns {'share': 0.7} and then {'share': 1.0}"),
    (DoubledSums, "sums give the figures", "share is 0.7 and, from the sums of additive, 1.4"),
]


@pytest.mark.parametrize("cls", [Sound, SoundMetric])
def test_those_that_they_depart_from_are_sound(cls: type[Any]) -> None:
    check_component(cls)


@pytest.mark.parametrize(
    ("cls", "law", "seen"), [*BROKEN, *BROKEN_METRICS], ids=lambda value: getattr(value, "__name__", None)
)
def test_is_told(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_is_tried() -> None:
    assert {law for _, law, _ in BROKEN} == set(laws_of(DatasetReader)[3:])
    assert {law for _, law, _ in BROKEN_METRICS} == set(laws_of(Metric)[3:])
