"""GLUE: nine tasks and the diagnostic set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from spanreg.data.base import DatasetReader, MetricConfig, Task
from spanreg.data.parquet import SplitFiles, find_splits, read_files
from spanreg.data.reading.columns import shared_columns
from spanreg.data.reading.labels import LabelReader
from spanreg.data.reading.limit import Limit, limit_of
from spanreg.data.sources.layout import Layout
from spanreg.data.sources.parquet import table_of_dataset
from spanreg.data.sources.splits import is_test_split
from spanreg.data.sources.table import SourceTable
from spanreg.packages import expand_home, quiet_hub_client
from spanreg.registry import ConfigurationError, Untracked, suggest
from spanreg.storage import path_component

if TYPE_CHECKING:
    from datasets import Dataset

HUB = "nyu-mll/glue"
FOLDER_VARIABLE = "SPANREG_GLUE_DIR"
PATH_HINT = "it holds <task>/<split>.parquet; without 'path', the folder of SPANREG_GLUE_DIR or the hub is read"


@dataclass(frozen=True, slots=True)
class GlueTask:
    """One GLUE task as the hub lays it out."""

    texts: tuple[str, ...]
    "The text columns, one or two."
    labels: tuple[str, ...]
    "Label words in the hub's order; empty for regression."
    metrics: tuple[str, ...]
    "GLUE's official metrics, the main one first."
    splits: tuple[str, ...] = ("train", "validation", "test")
    "The hub's splits."
    bounds: tuple[float, float] | None = None
    "Range of the scores of a regression."


_SENTENCES = ("sentence1", "sentence2")
_INFERENCE = ("entailment", "neutral", "contradiction")

DIAGNOSTIC = "test_ax"
"The split of MNLI that is the diagnostic set: it has no training set of its own and is answered by a model of MNLI."

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
class Glue(DatasetReader):
    """The GLUE tasks, from the hub's ``nyu-mll/glue`` or from a local folder in its layout.

    Registered as ``glue``. Label ids and words, column names and splits are the hub's: ``train``, ``validation``,
    ``test``; MNLI has ``validation_matched``, ``validation_mismatched`` (and ``test_...``). The diagnostic set ``ax``
    has ``test`` only; since a model of MNLI answers it, it is also MNLI's split ``test_ax``, judged by Matthews
    correlation where it has labels. The metrics are GLUE's; where it has two, the main one is F1 for MRPC and QQP,
    Pearson's r for STS-B. What a model predicts for STS-B is clipped to its scale, 0 to 5, before it is scored or
    written.

    A local folder holds ``<task>/<split>.parquet``, or the hub's own ``<task>/<split>-00000-of-00001.parquet``. Every
    such file is a split under its own name, and nothing stands in for a missing one: a folder that has only a part of
    QNLI's train set as ``train_partial.parquet`` has the split ``train_partial`` and no ``train``, until the config
    says ``files: {train: 'train_partial'}``.

    Source: Wang et al., ICLR 2019.

    Parameters:
        task: the task.
        path: the local folder, the one that holds the task's folder; default: the environment variable
            ``SPANREG_GLUE_DIR``, and without that the hub.
        files: split to file name (with or without ``.parquet``) in the task's folder, for files whose names are not the
            splits'; such a file is then not a split under its own name any more.
        limit: at most so many examples of every split, the first ones, for quick runs, or of some:
            ``{train: 1000}``; default: all.

    Raises:
        ConfigurationError: at reading, not at construction: the folder, split or columns are missing, a file is
            damaged or empty, a label is out of range or (outside of test splits) missing, or the hub cannot be reached.
    """

    def __init__(
        self,
        task: Literal["cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "qnli", "rte", "wnli", "ax"],
        path: Annotated[Path, Untracked(hint=PATH_HINT)] | None = None,
        files: dict[str, str] | None = None,
        limit: Limit | None = None,
    ) -> None:
        source = GLUE_TASKS[task]
        self.source = source
        self.path = path
        self.files = dict(files or {})
        for split in self.files:
            path_component(split, "split", "files")
        self.limit = limit
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

    def read(self, split: str) -> Dataset:
        found = self._local_splits()
        if found is None:
            table = self._read_hub(split)
        elif split in found:
            table = read_files(found[split], self._columns())
        else:
            raise self._no_such_split(split, found)
        return shared_columns(
            table.head(limit_of(self.limit, split, self.splits)),
            LabelReader(self.task),
            self.source.texts,
            "label",
            index="idx",
            unlabelled=is_test_split(split),
        )

    @property
    def layout(self) -> Layout:
        return Layout(texts=self.source.texts, index="idx", format="parquet", suffixes=(".parquet",))

    def metrics(self, split: str) -> Sequence[MetricConfig]:
        return GLUE_TASKS["ax"].metrics if split == DIAGNOSTIC else self.task.metrics

    def content_files(self) -> Sequence[Path]:
        return [file for files in (self._local_splits() or {}).values() for file in files]

    def _columns(self) -> tuple[str, ...]:
        return (*self.source.texts, "label", "idx")

    def _local_splits(self) -> SplitFiles | None:
        """Files by split; None where the data come from the hub."""
        named = self.path or os.environ.get(FOLDER_VARIABLE)
        if named:
            origin = "path" if self.path else FOLDER_VARIABLE
            root = expand_home(named, "path")
            found = find_splits(self._task_folder(root, origin), self.files, self.source.splits)
            return {**found, **self._diagnostic(root, found)}
        if self.files:
            raise ConfigurationError(
                "file names were given, but no local folder",
                path="files",
                hint=f"give the folder by 'path' or the environment variable {FOLDER_VARIABLE}",
            )
        return None

    def _diagnostic(self, root: Path, found: SplitFiles) -> SplitFiles:
        """MNLI's diagnostic split, from the folder of ``ax`` beside it."""
        folder = root / "ax"
        if DIAGNOSTIC not in self.source.splits or DIAGNOSTIC in found or not any(folder.glob("*.parquet")):
            return {}
        there = find_splits(folder, {}, ("test",))
        return {DIAGNOSTIC: there["test"]} if "test" in there else {}

    def _task_folder(self, root: Path, origin: str) -> Path:
        folder = root / self.task.name
        if folder.is_dir():
            return folder
        problem = f"the folder {folder} does not exist" if root.is_dir() else f"the GLUE folder {root} does not exist"
        nested = root / "glue" / self.task.name
        if nested.is_dir():
            advice = f"did you mean {root / 'glue'}?"
        else:
            advice = f"point 'path' or {FOLDER_VARIABLE} to a folder that holds {self.task.name}/<split>.parquet"
        problem += f" (from the environment variable {FOLDER_VARIABLE})" if origin == FOLDER_VARIABLE else ""
        raise ConfigurationError(problem, path="path", hint=advice)

    def _no_such_split(self, split: str, found: SplitFiles) -> ConfigurationError:
        parts = [name for name in found if name.startswith(f"{split}_")]
        hint = suggest(split, found, "splits")
        if parts and split in self.source.splits:
            hint += f". to use {parts[0]} in its place, say so: files: {{{split}: '{parts[0]}'}}"
        return ConfigurationError(f"the local copy of {self.task.name} has no split {split!r}", hint=hint)

    def _read_hub(self, split: str) -> SourceTable:
        import datasets

        if split not in self.source.splits:
            hint = suggest(split, self.source.splits, "splits")
            raise ConfigurationError(f"{self.task.name} has no split {split!r}", hint=hint)
        try:
            subset, name = ("ax", "test") if split == DIAGNOSTIC else (self.task.name, split)
            # Data and no code; a run records the fingerprint of what it read.
            with quiet_hub_client():
                dataset = datasets.load_dataset(HUB, subset, split=name)  # nosec B615
        except Exception as error:
            reason = (str(error) or repr(error)).splitlines()[0]
            raise ConfigurationError(
                f"cannot load {self.task.name} from the hub ({HUB}): {reason}",
                path="path",
                hint=f"without network, give a local folder by 'path' or the environment variable {FOLDER_VARIABLE}: "
                f"it holds {self.task.name}/<split>.parquet",
            ) from error
        return table_of_dataset(dataset, f"{HUB}, {self.task.name}, {split}", self._columns(), "label")
