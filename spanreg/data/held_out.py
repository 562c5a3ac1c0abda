"""Reader that holds out a part of the training set, to choose settings without the validation set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np

from spanreg.data.base import DatasetReader, MetricConfig
from spanreg.data.divided_reader import DividedReader
from spanreg.data.reading.division import in_share
from spanreg.registry import Above, Between, ConfigurationError

if TYPE_CHECKING:
    from datasets import Dataset

HELD_OUT: Final = "held_out"
"Name of the held-out split."


@DatasetReader.register("held_out")
class HeldOutReader(DividedReader):
    """Another reader's training set in two parts, ``train`` and ``held_out``, registered as ``held_out``.

    A run is trained on the first part and evaluated on the second; the reader's validation splits are read only by
    ``spanreg evaluate --split``. The part that an example belongs to depends on its ``idx`` alone, so all runs and
    seeds share one division.

    Example:
        data: { type: 'held_out', data: { type: 'glue', task: 'rte' }, share: 0.2 }

    Parameters:
        data: the reader whose training set is divided; its ``train_on`` and ``few`` choose among the part to train on.
        share: approximate share of the training set to hold out, between 0 and 1; default 0.2.

    Raises:
        ConfigurationError: at reading: the reader has no split ``train``, or one of the parts would be empty.
    """

    evaluated = HELD_OUT

    def __init__(self, data: DatasetReader, share: Annotated[float, Above(0), Between(0, 1)] = 0.2) -> None:
        super().__init__(data)
        self.share = share

    def read_all(self, split: str) -> Dataset:
        if split not in ("train", HELD_OUT):
            return self.data.read(split)
        whole = self.data.read_all("train")
        # By idx and not by position, so that the division stays the same under a limit.
        chosen = in_share(np.asarray(whole["idx"], np.int64), self.share)
        rows = np.flatnonzero(chosen if split == HELD_OUT else ~chosen)
        if not rows.size:
            problem = f"none of the {chosen.size} training examples is left for '{split}'"
            raise ConfigurationError(problem, path="share", hint="give a share that leaves examples in both parts")
        return whole.select(rows)

    def column(self, split: str, name: str) -> list[Any]:
        if split not in ("train", HELD_OUT):
            return self.data.column(split, name)
        # By idx, since the part has other positions than the whole.
        values = dict(zip(self.data.read_all("train")["idx"], self.data.column("train", name), strict=True))
        return [values[number] for number in self.read_all(split)["idx"]]

    def metrics(self, split: str) -> Sequence[MetricConfig]:
        return self.data.metrics("train" if split == HELD_OUT else split)

    def content_files(self) -> Sequence[Path]:
        return self.data.content_files()
