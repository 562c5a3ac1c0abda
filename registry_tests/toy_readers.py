"""Dataset readers of small tasks of every kind, for tests of training and of run readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from datasets import Dataset

from spanreg.data.base import DatasetReader, Task


class ToyReader(DatasetReader):
    """Reader of 24 sentences about animals; subclasses set the task and the labels."""

    rows = 24

    def splits(self) -> Sequence[str]:
        return ("train", "validation", "test")

    def read(self, split: str) -> Dataset:
        texts = [f"the red fox saw {'a brown bear' if row % 2 else 'nothing'} {row}" for row in range(self.rows)]
        columns: dict[str, Any] = {"text": texts, "label": self.labels(split), "idx": list(range(self.rows))}
        return Dataset.from_dict({**columns, "pair": texts[::-1]} if self.task.pair else columns)

    def labels(self, split: str) -> list[Any]:
        return [-1 if split == "test" else row % 2 for row in range(self.rows)]


@pytest.fixture
def toy_readers(clean_registry: None) -> None:
    """Register the readers ``toy_pair``, ``toy_regression``, ``toy_train_only`` and ``toy_unlabelled``."""

    @DatasetReader.register("toy_pair")
    class ToyPairReader(ToyReader):
        def __init__(self) -> None:
            self.task = Task("toy_pair", "classification", ("no", "yes"), ("accuracy",), pair=True)

    @DatasetReader.register("toy_regression")
    class ToyRegressionReader(ToyReader):
        def __init__(self) -> None:
            self.task = Task("toy_regression", "regression", (), ("pearson",), pair=False)

        def labels(self, split: str) -> list[Any]:
            return [row % 5 + 0.5 for row in range(self.rows)]

    @DatasetReader.register("toy_train_only")
    class ToyTrainOnlyReader(ToyReader):
        def __init__(self) -> None:
            self.task = Task("toy_train_only", "classification", ("no", "yes"), ("accuracy",), pair=False)

        def splits(self) -> Sequence[str]:
            return ("train",)

    @DatasetReader.register("toy_unlabelled")
    class ToyUnlabelledReader(ToyReader):
        def __init__(self) -> None:
            self.task = Task("toy_unlabelled", "classification", ("no", "yes"), ("accuracy",), pair=False)

        def labels(self, split: str) -> list[Any]:
            return [-1] * self.rows
