"""Reader of GLUE: nine tasks and the diagnostic set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from spanreg.data.base import DatasetReader, MetricConfig, Task
from spanreg.data.reading.columns import shared_columns
from spanreg.data.reading.labels import LabelReader
from spanreg.data.sampled_reader import SampledReader
from spanreg.data.sources.hub_data import load_hub_split
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.parquet import table_of_dataset
from spanreg.data.sources.split_files import SplitFiles, find_splits, read_files
from spanreg.data.sources.splits import checked_split_names, is_test_split, require_split
from spanreg.data.sources.table import SourceTable
from spanreg.packages import expand_home
from spanreg.registry import ConfigurationError, Untracked, suggest

if TYPE_CHECKING:
    from datasets import Dataset

HUB = "nyu-mll/glue"
FOLDER_VARIABLE = "SPANREG_GLUE_DIR"
PATH_HINT = "it has <task>/<split>.parquet; without 'path', the folder of SPANREG_GLUE_DIR or the hub is read"


@dataclass(frozen=True, slots=True)
class GlueTask:
    """Columns, labels, metrics and splits of one GLUE task on the hub.

    Example: ``GLUE_TASKS["cola"].texts`` is ``("sentence",)``.
    """

    texts: tuple[str, ...]
    "The text columns, one or two."
    labels: tuple[str, ...]
    "Label words in the order of the hub's ids; empty for a regression."
    metrics: tuple[str, ...]
    "GLUE's official metrics, the main one first."
    splits: tuple[str, ...] = ("train", "validation", "test")
    "Splits on the hub."
    bounds: tuple[float, float] | None = None
    "Range of a regression's values."


# Label words are in the order of the hub's ids, which differs between tasks: 0 is "entailment" in RTE, the opposite in
# WNLI.
_SENTENCES = ("sentence1", "sentence2")
_INFERENCE = ("entailment", "neutral", "contradiction")

DIAGNOSTIC = "test_ax"
"The split of MNLI with the diagnostic set, which has no training set: it is predicted by a model trained on MNLI."

GLUE_TASKS = {
    "cola": GlueTask(("sentence",), ("unacceptable", "acceptable"), ("matthews_correlation",)),
    "sst2": GlueTask(("sentence",), ("negative", "positive"), ("accuracy",)),
    "mrpc": GlueTask(_SENTENCES, ("not_equivalent", "equivalent"), ("f1", "accuracy")),
    "stsb": GlueTask(_SENTENCES, (), ("pearson", "spearman"), bounds=(0.0, 5.0)),
    "qqp": GlueTask(("question1", "question2"), ("not_duplicate", "duplicate"), ("f1", "accuracy")),
    "mnli": GlueTask(
        ("premise", "hypothesis"),
        _INFERENCE,
        ("accuracy",),
        ("train", "validation_matched", "validation_mismatched", "test_matched", "test_mismatched", DIAGNOSTIC),
    ),
    "qnli": GlueTask(("question", "sentence"), ("entailment", "not_entailment"), ("accuracy",)),
    "rte": GlueTask(_SENTENCES, ("entailment", "not_entailment"), ("accuracy",)),
    "wnli": GlueTask(_SENTENCES, ("not_entailment", "entailment"), ("accuracy",)),
    "ax": GlueTask(("premise", "hypothesis"), _INFERENCE, ("matthews_correlation",), ("test",)),
}


@DatasetReader.register("glue")
class GlueReader(SampledReader):
    """The GLUE tasks, from the hub's ``nyu-mll/glue`` or from a local folder in its layout.

    Registered as ``glue``. Label ids and words, column names and splits are the hub's: ``train``, ``validation``,
    ``test``; MNLI has ``validation_matched``, ``validation_mismatched`` (and ``test_...``). The diagnostic set ``ax``
    has ``test`` only; since it is predicted by a model trained on MNLI, it is also MNLI's split ``test_ax``, evaluated
    with the Matthews correlation where it has labels. The metrics are GLUE's; where there are two, the main one is F1
    for MRPC and QQP, Pearson's r for STS-B. Predictions for STS-B are clipped to its scale, 0 to 5, before they are
    scored or written.

    A local folder has ``<task>/<split>.parquet``, or the hub's own ``<task>/<split>-00000-of-00001.parquet``. Every
    such file is a split under its own name, and no file replaces a missing one: a folder with only a part of QNLI's
    training set in ``train_partial.parquet`` has the split ``train_partial`` and no ``train``, unless the config has
    ``files: {train: 'train_partial'}``.

    Source: Wang et al., ICLR 2019.

    Example:
        data: { type: 'glue', task: 'mrpc', path: 'glue' }

    Parameters:
        task: name of the task.
        path: the local folder that contains the task's folder; default: the environment variable ``SPANREG_GLUE_DIR``,
            and without that the hub.
        files: split to file name (with or without ``.parquet``) in the task's folder, for files that are not named
            after their splits; such a file is no longer a split under its own name.
        selection: the arguments of ``SampledReader``.

    Raises:
        ConfigurationError: at reading, not at construction: the folder, split or columns are missing, a file is
            damaged or empty, a label is out of range or (outside of test splits) missing, or the hub cannot be reached.
    """

    def __init__(
        self,
        task: Literal["cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "qnli", "rte", "wnli", "ax"],
        path: Annotated[Path, Untracked(hint=PATH_HINT)] | None = None,
        files: dict[str, str] | None = None,
        **selection: Any,
    ) -> None:
        super().__init__(**selection)
        source = GLUE_TASKS[task]
        self.source = source
        self.path = path
        self.files = checked_split_names(files or {})
        self.task = Task(
            name=task,
            kind="classification" if source.labels else "regression",
            labels=source.labels,
            metrics=source.metrics,
            pair=len(source.texts) == 2,
            bounds=source.bounds,
        )

    def splits(self) -> Sequence[str]:
        found = self._local_splits()
        return self.source.splits if found is None else tuple(found)

    def read_all(self, split: str) -> Dataset:
        return shared_columns(
            self._chosen(split, self._columns),
            LabelReader(self.task),
            self.source.texts,
            "label",
            index="idx",
            unlabelled=is_test_split(split),
        )

    def column(self, split: str, name: str) -> list[Any]:
        table = self._chosen(split, (name,))
        table.require((name,), keys="")
        return list(table.values(name))

    @property
    def layout(self) -> DataLayout:
        return DataLayout(texts=self.source.texts, index="idx", format="parquet", suffixes=(".parquet",))

    def metrics(self, split: str) -> Sequence[MetricConfig]:
        return GLUE_TASKS["ax"].metrics if split == DIAGNOSTIC else self.task.metrics

    def content_files(self) -> Sequence[Path]:
        return [file for files in (self._local_splits() or {}).values() for file in files]

    def _chosen(self, split: str, columns: Sequence[str]) -> SourceTable:
        """Return some columns of the rows that the limit keeps."""
        found = self._local_splits()
        if found is None:
            table = self._read_hub(split, columns)
        elif split in found:
            table = read_files(found[split], columns)
        else:
            raise self._no_such_split(split, found)
        return table.take(self.selection.rows(table.size, split, self.splits))

    @property
    def _columns(self) -> tuple[str, ...]:
        return (*self.source.texts, "label", "idx")

    def _local_splits(self) -> SplitFiles | None:
        """Return files by split; None where the data comes from the hub."""
        named = self.path or os.environ.get(FOLDER_VARIABLE)
        if named:
            origin = "path" if self.path else FOLDER_VARIABLE
            root = expand_home(named, "path")
            found = find_splits(self._task_folder(root, origin), self.files, self.source.splits)
            return {**found, **self._diagnostic(root, found)}
        if self.files:
            problem = "file names were given, but no local folder"
            hint = f"give the folder with 'path' or the environment variable {FOLDER_VARIABLE}"
            raise ConfigurationError(problem, path="files", hint=hint)
        return None

    def _diagnostic(self, root: Path, found: SplitFiles) -> SplitFiles:
        """Return the files of MNLI's diagnostic split, from the folder ``ax`` next to MNLI's."""
        folder = root / "ax"
        if DIAGNOSTIC not in self.source.splits or DIAGNOSTIC in found or not any(folder.glob("*.parquet")):
            return {}
        there = find_splits(folder, {}, ("test",))
        # Its only split is called "test" there.
        return {DIAGNOSTIC: there["test"]} if "test" in there else {}

    def _task_folder(self, root: Path, origin: str) -> Path:
        """Return the folder of the task.

        Raises:
            ConfigurationError: it does not exist.
        """
        folder = root / self.task.name
        if folder.is_dir():
            return folder
        problem = f"the folder {folder} does not exist" if root.is_dir() else f"the GLUE folder {root} does not exist"
        # A common slip: the folder around the GLUE folder is named.
        nested = root / "glue" / self.task.name
        if nested.is_dir():
            hint = f"did you mean {root / 'glue'}?"
        else:
            hint = f"point 'path' or {FOLDER_VARIABLE} to a folder with {self.task.name}/<split>.parquet"
        problem += f" (from the environment variable {FOLDER_VARIABLE})" if origin == FOLDER_VARIABLE else ""
        raise ConfigurationError(problem, path="path", hint=hint)

    def _no_such_split(self, split: str, found: SplitFiles) -> ConfigurationError:
        parts = [name for name in found if name.startswith(f"{split}_")]
        hint = suggest(split, found, "splits")
        if parts and split in self.source.splits:
            hint += f". to use {parts[0]} in its place, give files: {{{split}: '{parts[0]}'}}"
        return ConfigurationError(f"the local copy of {self.task.name} has no split {split!r}", hint=hint)

    def _read_hub(self, split: str, columns: Sequence[str]) -> SourceTable:
        """Return some columns of a split on the hub."""
        task = self.task.name
        require_split(split, self.source.splits, task)
        hint = "without a network, give a local folder with 'path' or the environment variable "
        hint += f"{FOLDER_VARIABLE}: it has {task}/<split>.parquet"
        # On the hub the diagnostic set is a configuration, not a split of MNLI.
        subset, name = ("ax", "test") if split == DIAGNOSTIC else (task, split)
        dataset = load_hub_split(HUB, subset, split=name, task=task, hint=hint)
        return table_of_dataset(dataset, f"{HUB}, {task}, {split}", columns, "label")
