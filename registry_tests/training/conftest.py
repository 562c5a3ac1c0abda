"""One tiny run for the tests that only read it, and toy tasks of every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from spanreg.data.base import DatasetReader, Task
from spanreg.registry import Params
from spanreg.training.train import train

DICTIONARY_TEXT = "the red fox saw a brown bear . the red fox ran . a brown bear slept .\n" * 10


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text whose n-grams stand in the toy tasks' sentences."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text(DICTIONARY_TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def make_config(corpus: Path) -> Callable[..., dict[str, Any]]:
    """A config that trains in a second; keyword arguments replace its parts, those in ``training`` are added."""

    def make(training: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
        options = {"epochs": 2, "batch_size": 8, "learning_rate": 1e-3, "max_tokens": 32, "log_every": 2}
        config = {
            "seed": 5,
            "data": {"type": "demo", "limit": 32},
            "encoder": {"type": "tiny", "dim": 16, "layers": 1},
            "dictionary": {"type": "ngram", "corpus": str(corpus)},
            "segmenter": {"type": "max_match"},
            "aggregator": {"type": "hierarchical_cnn"},
            "training": {**options, **(training or {})},
        }
        return {**config, **parts}

    return make


@pytest.fixture(scope="session")
def finished(make_config: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run; read it, do not change it."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    train(Params(make_config()), folder)
    return folder


class Toy(DatasetReader):
    """A few sentences about animals; what is asked of them differs."""

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
    """Registers ``toy_pair``, ``toy_regression``, ``toy_train_only`` and ``toy_unlabelled``."""

    @DatasetReader.register("toy_pair")
    class ToyPair(Toy):
        def __init__(self) -> None:
            self.task = Task("toy_pair", "classification", ("no", "yes"), ("accuracy",), pair=True)

    @DatasetReader.register("toy_regression")
    class ToyRegression(Toy):
        def __init__(self) -> None:
            self.task = Task("toy_regression", "regression", (), ("pearson",), pair=False)

        def labels(self, split: str) -> list[Any]:
            return [row % 5 + 0.5 for row in range(self.rows)]

    @DatasetReader.register("toy_train_only")
    class ToyTrainOnly(Toy):
        def __init__(self) -> None:
            self.task = Task("toy_train_only", "classification", ("no", "yes"), ("accuracy",), pair=False)

        def splits(self) -> Sequence[str]:
            return ("train",)

    @DatasetReader.register("toy_unlabelled")
    class ToyUnlabelled(Toy):
        def __init__(self) -> None:
            self.task = Task("toy_unlabelled", "classification", ("no", "yes"), ("accuracy",), pair=False)

        def labels(self, split: str) -> list[Any]:
            return [-1] * self.rows
