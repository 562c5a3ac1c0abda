"""Base of the readers that can read a part of their splits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from spanreg.data.base import DatasetReader
from spanreg.data.reading.selection import TRAIN, ExampleSelection, Limit, LimitFrom
from spanreg.registry import Above, AtLeast, Between

if TYPE_CHECKING:
    from datasets import Dataset


class SampledReader(DatasetReader):
    """Base of the readers that can read a part of their splits, chosen by the config.

    A smaller choice is part of a larger one, and all are the same in every run unless ``train_seed`` is ``'run'``.
    First the limit applies to the splits; ``train_on``, and then ``few``, choose among the training examples that are
    left.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")``, pass ``**selection`` to
    ``super().__init__``, implement ``splits`` and ``read_all``, and read only the rows of ``self.selection.rows(...)``.

    Parameters:
        limit: number of examples to read from every split, or from some: ``{train: 1000}``; default: all.
        limit_from: which examples a limit keeps: ``sample`` (default), a random sample; ``start``, the first ones.
        train_on: share of the training set to train on, for instance 0.1; default: all of it.
        few: number of training examples of each class; default: all.
        sample_seed: random seed of these choices, independent of the run's seed; default 0.
        train_seed: random seed of ``train_on`` and ``few``; ``'run'`` for the run's seed, so that the seeds of a study
            train on different examples; default: ``sample_seed``.

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
        train_seed: Annotated[int, AtLeast(0)] | Literal["run"] | None = None,
    ) -> None:
        self.train_seed = train_seed
        # "run" has no number yet: ``use_run_seed`` receives it.
        chosen = train_seed if isinstance(train_seed, int) else None
        self.selection = ExampleSelection(limit, limit_from, train_on, few, sample_seed, chosen)

    def use_run_seed(self, seed: int) -> None:
        if self.train_seed == "run":
            self.selection = replace(self.selection, train_seed=seed)

    def read(self, split: str) -> Dataset:
        dataset = self.read_all(split)
        return self.choose_training(dataset) if split == TRAIN else dataset

    def choose_training(self, dataset: Dataset) -> Dataset:
        return self.selection.of_training(dataset, self.task)
