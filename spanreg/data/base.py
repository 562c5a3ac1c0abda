"""Base of the dataset readers, and the description of a task."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from spanreg.data.reading.fingerprint import content_fingerprint
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.splits import is_test_split, is_training_split
from spanreg.registry import ConfigurationError, Registrable, suggest
from spanreg.storage import shape_fault

if TYPE_CHECKING:
    from datasets import Dataset

MetricConfig = str | Mapping[str, Any]
"Registered name of a metric, or its config, ``{type: 'f1', positive: 'yes'}``."

TaskKind = Literal["classification", "regression", "multi_label", "token_classification"]
"Kind of the prediction: one label, a real value, any number of labels, or a label for each token."


@dataclass(frozen=True, slots=True)
class Task:
    """Labels and metrics of a task on sentences or pairs.

    Example: ``Task("sentiment", "classification", ("negative", "positive"), ("accuracy",), pair=False)``.
    """

    name: str
    "Name in run folders and reports, for instance ``mrpc``."
    kind: TaskKind
    "The default head depends on it."
    labels: tuple[str, ...]
    "Label words in the order of their ids; empty for regression."
    metrics: tuple[MetricConfig, ...]
    "Metrics by name or config, the main one first."
    pair: bool
    "Whether each example has two texts."
    bounds: tuple[float, float] | None = None
    "Range of a regression's values; predictions are clipped to it. Default: no range."


def task_of_json(written: Any) -> Task:
    """Return the task described in a saved file.

    Args:
        written: the JSON value of the file.

    Raises:
        ConfigurationError: the value does not describe a task.
    """
    if fault := shape_fault(written, Task):
        raise ConfigurationError(f"it does not describe a task ({fault})")
    # A metric's config may be any mapping, so its shape does not guarantee a type.
    types = [one.get("type") if isinstance(one, Mapping) else one for one in written["metrics"]]
    if not all(isinstance(name, str) for name in types):
        raise ConfigurationError("it does not describe a task (a metric has no 'type')")
    # JSON has lists where a task has tuples, which can be hashed.
    values: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in written.items()}
    return Task(**values)


class DatasetReader(Registrable):
    """Reads the splits of one task into the same columns for every data set.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")``, set ``task`` in ``__init__`` and
    implement ``splits`` and ``read``. Every ``Dataset`` returned by ``read`` has the columns ``text`` (string),
    ``pair`` (string, only if ``task.pair``), ``label`` (-1 where unknown) and ``idx`` (int64). The ``label`` depends on
    ``task.kind``:

    - ``classification``: the label's id (int64); ``regression``: the value (float32), NaN where unknown;
    - ``multi_label``: a list with an int64 for each label of the task, 1 for those that the text has, otherwise 0;
    - ``token_classification``: a list of label ids (int64), one for each gold token of the text. Two more columns have
      the places of the gold tokens: ``starts`` and ``ends``, lists of character offsets (int32), in text order.

    Example: ``DatasetReader.from_params({"type": "demo", "limit": 100}).read("train")``.
    """

    default_implementation: ClassVar[str | None] = None

    fixed_kind: ClassVar[TaskKind | None] = None
    "Kind of all its tasks, so that configs are checked without reading data; None if the config or the data decides."

    task: Task

    @abstractmethod
    def splits(self) -> Sequence[str]:
        """Return the names of the available splits, in the order train, validation, test."""

    def evaluation_splits(self) -> list[str]:
        """Return the splits to evaluate on during training: all but training and test sets."""
        return [split for split in self.splits() if not is_training_split(split) and not is_test_split(split)]

    @abstractmethod
    def read(self, split: str) -> Dataset:
        """Return one split in the shared columns.

        Raises:
            ConfigurationError: the split, its files or its columns are missing, or a label is out of range.
        """

    def read_all(self, split: str) -> Dataset:
        """Return a split before ``choose_training`` applies; by default what ``read`` returns.

        Readers that divide the training set of another one divide all of it, so that the part that is evaluated does
        not depend on the number of training examples.
        """
        return self.read(split)

    def choose_training(self, dataset: Dataset) -> Dataset:
        """Return those of some training examples that a run trains on; by default all."""
        return dataset

    def column(self, split: str, name: str) -> list[Any]:
        """Return a column of the source, one value for each example of ``read_all(split)``.

        By default these are the columns of ``read_all``. Values group examples into folds, or choose slices of them.

        Raises:
            ConfigurationError: there is no such column.
        """
        dataset = self.read_all(split)
        if name not in dataset.column_names:
            hint = suggest(name, dataset.column_names, "columns")
            raise ConfigurationError(f"the split '{split}' has no column '{name}'", hint=hint)
        return list(dataset[name])

    def use_run_seed(self, seed: int) -> None:
        """Receive the random seed of the run, for choices of training examples that depend on it; by default none do.

        Args:
            seed: the key ``seed`` of the config.
        """

    def metrics(self, split: str) -> Sequence[MetricConfig]:
        """Return the metrics of a split, the main one first; by default those of the task."""
        return self.task.metrics

    @property
    def layout(self) -> DataLayout:
        """Columns of the texts and labels in the data files, so that other files can be read in the same way."""
        return DataLayout(texts=("text", "pair") if self.task.pair else ("text",))

    def use_task(self, task: Task) -> None:
        """Use a run's task in place of one inferred from the data; does nothing by default.

        Args:
            task: the task of the run.
        """

    def content_files(self) -> Sequence[Path]:
        """Return the files that are read although the config does not name them, to detect changes; default: none."""
        return ()

    def fingerprint(self, split: str) -> str:
        """Return a hash of a split's content, the same on every machine, for the run record."""
        return content_fingerprint(self.read(split))
