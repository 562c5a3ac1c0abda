"""A part of the training set held out, so that settings are chosen without looking at the validation set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np

from spanreg.data.base import DatasetReader, MetricConfig, Task
from spanreg.data.reading.division import in_share
from spanreg.data.sources.layout import Layout
from spanreg.registry import Above, Between, ConfigurationError

if TYPE_CHECKING:
    from datasets import Dataset

HELD_OUT: Final = "held_out"
"Name of the split that is held out."


@DatasetReader.register("held_out")
class HeldOut(DatasetReader):
    """Another reader's training set in two parts, ``train`` and ``held_out``, registered as ``held_out``.

    A run is trained on the one and evaluated on the other; the reader's validation splits are not looked at unless
    ``spanreg evaluate --split`` asks for them. The part that an example belongs to depends on its ``idx`` alone, so all
    runs and seeds share one division.

    ``data: { type: 'held_out', data: { type: 'glue', task: 'rte' }, share: 0.2 }``

    Parameters:
        data: the reader whose training set is divided.
        share: about this share of its training set is held out, between 0 and 1; default 0.2.

    Raises:
        ConfigurationError: at reading: the reader has no split ``train``, or one of the parts would be empty.
    """

    def __init__(self, data: DatasetReader, share: Annotated[float, Above(0), Between(0, 1)] = 0.2) -> None:
        self.data = data
        self.share = share

    @property
    def task(self) -> Task:  # type: ignore[override]
        """The task of the inner reader, which may read its training set to know it."""
        return self.data.task

    def use_task(self, task: Task) -> None:
        self.data.use_task(task)

    @property
    def layout(self) -> Layout:
        return self.data.layout

    def splits(self) -> Sequence[str]:
        inner = list(self.data.splits())
        return ["train", *(split for split in inner if split != "train"), HELD_OUT]

    def evaluation_splits(self) -> list[str]:
        return [HELD_OUT]

    def read(self, split: str) -> Dataset:
        if split not in ("train", HELD_OUT):
            return self.data.read(split)
        whole = self.data.read("train")
        chosen = in_share(np.asarray(whole["idx"], np.int64), self.share)
        rows = np.flatnonzero(chosen if split == HELD_OUT else ~chosen)
        if not rows.size:
            problem = f"none of the {chosen.size} training examples is left for '{split}'"
            raise ConfigurationError(problem, path="share", hint="give a share that leaves both parts some")
        return whole.select(rows)

    def metrics(self, split: str) -> Sequence[MetricConfig]:
        return self.data.metrics("train" if split == HELD_OUT else split)

    def content_files(self) -> Sequence[Path]:
        return self.data.content_files()
