"""Reader of one fold of a cross-validation."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import DatasetReader, MetricConfig
from spanreg.data.divided_reader import DividedReader
from spanreg.registry import AtLeast, ConfigurationError

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger(__name__)

FOLD: Final = "fold"
"Name of the evaluated split."


@DatasetReader.register("folds")
class FoldsReader(DividedReader):
    """One fold of a cross-validation over another reader's training set, registered as ``folds``.

    The training set is divided into ``folds`` parts. A run is trained on all parts but one, the split ``train``, and
    evaluated on that one, the split ``fold``. The division is stratified by label for classifications, and depends on
    the data and ``sample_seed`` alone, so that all arms and seeds of a study share it. The key ``folds`` of a study
    makes one run of every fold.

    Example:
        data: { type: 'folds', data: { type: 'glue', task: 'rte' }, folds: 5, fold: 0 }

    Parameters:
        data: the reader whose training set is divided; its ``train_on`` and ``few`` choose among the part to train on.
        folds: number of parts; default 5.
        fold: the part that is evaluated, counted from 0; default 0.
        group: column of the data whose equal values stay in one part, such as the author of a text; default: none.
        sample_seed: random seed of the division, independent of the run's seed; default 0.

    Raises:
        ConfigurationError: ``fold`` is not below ``folds``; at reading: the reader has no split ``train``, or fewer
            training examples or groups than folds.
    """

    evaluated = FOLD

    def __init__(
        self,
        data: DatasetReader,
        folds: Annotated[int, AtLeast(2)] = 5,
        fold: Annotated[int, AtLeast(0)] = 0,
        group: str | None = None,
        sample_seed: Annotated[int, AtLeast(0)] = 0,
    ) -> None:
        if fold >= folds:
            hint = f"folds are counted from 0: give 0 to {folds - 1}"
            raise ConfigurationError(f"there is no fold {fold} of {folds}", path="fold", hint=hint)
        super().__init__(data)
        self.folds = folds
        self.fold = fold
        self.group = group
        self.sample_seed = sample_seed

    def read_all(self, split: str) -> Dataset:
        if split not in ("train", FOLD):
            return self.data.read(split)
        whole = self.data.read_all("train")
        return whole.select(np.flatnonzero(self._is_in(split, whole)))

    def column(self, split: str, name: str) -> list[Any]:
        values = self.data.column("train" if split == FOLD else split, name)
        if split not in ("train", FOLD):
            return values
        chosen = self._is_in(split, self.data.read_all("train"))
        return [value for value, own in zip(values, chosen, strict=True) if own]

    def metrics(self, split: str) -> Sequence[MetricConfig]:
        return self.data.metrics("train" if split == FOLD else split)

    def content_files(self) -> Sequence[Path]:
        return self.data.content_files()

    def _is_in(self, split: str, whole: Dataset) -> NDArray[np.bool_]:
        """Return which training examples are in ``train`` or ``fold``, shape: (examples,)."""
        chosen: NDArray[np.bool_] = self._parts(whole) == self.fold
        return chosen if split == FOLD else ~chosen

    def _parts(self, whole: Dataset) -> NDArray[np.int64]:
        """Return the part of each training example, shape: (examples,)."""
        from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

        size = len(whole)
        # Without a group column every example is a group.
        groups = np.arange(size) if self.group is None else _numbered(self.data.column("train", self.group))
        if (count := len(np.unique(groups))) < self.folds:
            what = "training examples" if self.group is None else f"groups of '{self.group}' in the training set"
            raise ConfigurationError(
                f"there are {count} {what} for {self.folds} folds", path="folds", hint=f"give folds: {count} or less"
            )
        labels = np.asarray(whole["label"]) if self.task.kind == "classification" else np.zeros(size, np.int64)
        if rare := [word for number, word in enumerate(self.task.labels) if 0 < (labels == number).sum() < self.folds]:
            logger.warning("fewer examples than folds, so that some folds lack them: %s", ", ".join(rare))
        # One class for all is a plain division; scikit-learn refuses to stratify if every class is rare.
        labels = labels if np.unique(labels, return_counts=True)[1].max() >= self.folds else np.zeros(size, np.int64)
        kind = StratifiedKFold if self.group is None else StratifiedGroupKFold
        parts = np.zeros(size, np.int64)
        division = kind(self.folds, shuffle=True, random_state=self.sample_seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of rare classes, which are logged above
            # Of the first argument scikit-learn uses only the length.
            for number, (_, chosen) in enumerate(division.split(np.zeros(size), labels, groups)):
                parts[chosen] = number
        # StratifiedGroupKFold adds each group to the best fold, and may leave others empty without an error.
        if len(found := np.unique(parts)) < self.folds:
            problem = f"the groups of '{self.group}' fill only {len(found)} of {self.folds} folds"
            raise ConfigurationError(problem, path="folds", hint=f"give folds: {len(found)} or less")
        return parts


def _numbered(values: Sequence[Any]) -> NDArray[np.int64]:
    """Return a number for each value, equal for equal values."""
    # By text, since a column may have numbers and words.
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(str(value), len(numbers)) for value in values], np.int64)
