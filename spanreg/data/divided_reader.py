"""The base of readers that divide the training set of another reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from spanreg.data.base import DatasetReader, Task
from spanreg.data.sources.layout import DataLayout

if TYPE_CHECKING:
    from datasets import Dataset


class DividedReader(DatasetReader):
    """Reads a part of another reader's training set as ``train``, and evaluates on the rest.

    To add one: subclass, name the split of the rest in ``evaluated``, and implement ``read_all``.

    Example: ``HeldOutReader(GlueReader("rte"), share=0.2).evaluation_splits()``.

    Parameters:
        data: the inner reader.
    """

    evaluated: ClassVar[str]
    "Name of the split that is evaluated."

    def __init__(self, data: DatasetReader) -> None:
        self.data = data

    @property
    def task(self) -> Task:  # type: ignore[override]
        """The task of the inner reader, which may read its training set to infer it."""
        return self.data.task

    def use_task(self, task: Task) -> None:
        self.data.use_task(task)

    def use_run_seed(self, seed: int) -> None:
        self.data.use_run_seed(seed)

    @property
    def layout(self) -> DataLayout:
        return self.data.layout

    def splits(self) -> Sequence[str]:
        # The inner test splits are still listed: a run that was chosen here is evaluated on them.
        return ["train", *(split for split in self.data.splits() if split != "train"), self.evaluated]

    def evaluation_splits(self) -> list[str]:
        return [self.evaluated]

    def read(self, split: str) -> Dataset:
        # The division comes first, so that the evaluated part does not depend on ``few`` and ``train_on``.
        dataset = self.read_all(split)
        return self.choose_training(dataset) if split == "train" else dataset

    def choose_training(self, dataset: Dataset) -> Dataset:
        return self.data.choose_training(dataset)
