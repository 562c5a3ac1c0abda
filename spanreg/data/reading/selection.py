"""Choice of the examples that are read from a split: limits, fractions, and a few of each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.data.reading.division import hashed
from spanreg.registry import AtLeast, ConfigurationError, suggest

if TYPE_CHECKING:
    from datasets import Dataset

Limit = Annotated[int, AtLeast(1)] | dict[str, Annotated[int, AtLeast(1)]]
"A number for every split, or numbers by split; ``{train: 1000}`` does not limit the others."

LimitFrom = Literal["sample", "start"]

TRAIN: Final = "train"
"The split that ``few`` and ``train_on`` apply to."


@dataclass(frozen=True, slots=True)
class ExampleSelection:
    """Choice of examples by a config's ``limit``, ``limit_from``, ``train_on``, ``few`` and ``sample_seed``.

    Every choice takes the first examples of one random order, which depends on the seed and on each example alone. A
    smaller choice is therefore part of a larger one. Chosen examples keep their order.

    Example: ``ExampleSelection(few=16).of_training(dataset, task)``.
    """

    limit: Limit | None = None
    limit_from: LimitFrom = "sample"
    train_on: float | None = None
    few: int | None = None
    seed: int = 0
    train_seed: int | None = None
    "Random seed of ``train_on`` and ``few``; None for ``seed``."

    def rows(self, size: int, split: str, splits: Callable[[], Iterable[str]]) -> NDArray[np.int64] | None:
        """Return the positions of the examples that the limit keeps of a split, ascending; None for all.

        Args:
            size: number of the split's examples.
            split: the split.
            splits: returns the names of all splits; called only if the limit names splits.

        Raises:
            ConfigurationError: the limit names a split that does not exist.
        """
        limit = limit_of(self.limit, split, splits)
        if limit is None or limit >= size:
            return None  # callers then keep the table as it is, without a copy
        # By position, not by ``idx``: the limit is applied before any column of the source is converted.
        positions = np.arange(size)
        return positions[:limit] if self.limit_from == "start" else self._first(positions, limit)

    def of_training(self, dataset: Dataset, task: Task) -> Dataset:
        """Return the training examples that ``train_on`` and ``few`` choose, ``few`` among those of ``train_on``.

        Raises:
            ConfigurationError: a class has fewer examples than ``few``, or the task's examples have no single class.
        """
        if self.train_on is None and self.few is None:
            return dataset
        rows, numbers = np.arange(len(dataset)), np.asarray(dataset["idx"], np.int64)
        if self.train_on is not None:
            # At least one: a small share of a small set would leave nothing to train on.
            rows = np.sort(self._order(numbers, self.train_seed)[: max(1, round(self.train_on * rows.size))])
        if self.few is not None:
            rows = self._few(rows, numbers, dataset, task)
        return dataset.select(rows)

    def _few(
        self, rows: NDArray[np.int64], numbers: NDArray[np.int64], dataset: Dataset, task: Task
    ) -> NDArray[np.int64]:
        """Return the positions of ``few`` examples of each class among the given rows."""
        if task.kind != "classification":
            problem = f"'few' counts examples by class, and '{task.name}' is a task of the kind {task.kind}"
            raise ConfigurationError(problem, path="few", hint="give train_on: 0.1 or limit: { train: 100 }")
        labels = np.asarray(dataset["label"])[rows]
        _require_enough(labels, task.labels, self.few or 0)
        of_class = (rows[labels == label] for label in range(len(task.labels)))
        return np.sort(
            np.concatenate([own[self._order(numbers[own], self.train_seed)[: self.few]] for own in of_class])
        )

    def _first(self, numbers: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        return np.sort(numbers[self._order(numbers)[:count]])

    def _order(self, numbers: NDArray[np.int64], seed: int | None = None) -> NDArray[np.int64]:
        """Return positions in the random order of the examples, given by their numbers."""
        # Stable, so that examples with the same number have one order on all machines.
        return np.argsort(hashed(numbers, f"sample {self.seed if seed is None else seed}: "), kind="stable")


def limit_of(limit: Limit | None, split: str, splits: Callable[[], Iterable[str]]) -> int | None:
    """Return the number of examples to read from a split; None for all.

    Args:
        limit: the config key ``limit``.
        split: the split.
        splits: returns the names of all splits; called only if the limit names splits.

    Raises:
        ConfigurationError: the limit names a split that does not exist.
    """
    if not isinstance(limit, dict):
        return limit
    known = list(splits())
    for name in limit:
        if name not in known:
            hint = suggest(name, known, "splits")
            raise ConfigurationError(f"there is no split '{name}' to limit", path=f"limit.{name}", hint=hint)
    return limit.get(split)


def _require_enough(labels: NDArray[np.int64], words: Sequence[str], few: int) -> None:
    """Raise an error if a class has fewer training examples than ``few``."""
    counts = Counter(labels.tolist())
    lacking = {word: counts[number] for number, word in enumerate(words) if counts[number] < few}
    if lacking:
        named = ", ".join(f"'{word}' has {count}" for word, count in lacking.items())
        fewest = min(lacking.values())
        hint = f"give few: {fewest} or less" if fewest else "name only 'labels' that the training set has"
        raise ConfigurationError(
            f"{few} training examples of each class are needed, and {named}", path="few", hint=hint
        )
