"""Base of the readers that can read a part of their splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from spanreg.data.base import DatasetReader
from spanreg.data.reading.selection import TRAIN, ExampleSelection, Limit, LimitFrom
from spanreg.registry import Above, AtLeast, Between

if TYPE_CHECKING:
    from datasets import Dataset


class SampledReader(DatasetReader):
    """Base of the readers that can read a part of their splits, chosen by the config.

    All choices are the same in every run, and a smaller one is part of a larger one. First the limit applies to the
    splits; ``train_on``, and then ``few``, choose among the training examples that are left.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")``, pass ``**selection`` to
    ``super().__init__``, implement ``splits`` and ``read_all``, and read only the rows of ``self.selection.rows(...)``.

    Parameters:
        limit: number of examples to read from every split, or from some: ``{train: 1000}``; default: all.
        limit_from: which examples a limit keeps: ``sample`` (default), a random sample; ``start``, the first ones.
        train_on: share of the training set to train on, for instance 0.1; default: all of it.
        few: number of training examples of each class; default: all.
        sample_seed: random seed of these choices, independent of the run's seed; default 0.

    Raises:
        ConfigurationError: at reading: the limit names a split that does not exist; a class has fewer training examples
            than ``few``, or the task is not a classification.
    """

    def __init__(
        self,
        limit: Limit | None = None,
        limit_from: LimitFrom = "sample",
        train_on: Annotated[float, Above(0), Between(0, 1)] | None = None,
        few: Annotated[int, AtLeast(1)] | None = None,
        sample_seed: Annotated[int, AtLeast(0)] = 0,
    ) -> None:
        self.selection = ExampleSelection(limit, limit_from, train_on, few, sample_seed)

    def read(self, split: str) -> Dataset:
        dataset = self.read_all(split)
        return self.choose_training(dataset) if split == TRAIN else dataset

    def choose_training(self, dataset: Dataset) -> Dataset:
        return self.selection.of_training(dataset, self.task)
