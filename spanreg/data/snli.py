"""Reader of SNLI: does a premise entail a hypothesis, contradict it, or neither?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from spanreg.data.base import DatasetReader, Task, TaskKind
from spanreg.data.reading.columns import shared_columns, without_unknown
from spanreg.data.reading.labels import LabelReader
from spanreg.data.sampled_reader import SampledReader
from spanreg.data.sources.hub_data import load_hub_split
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.parquet import table_of_dataset
from spanreg.data.sources.split_files import SplitFiles, find_splits, read_files
from spanreg.data.sources.splits import checked_split_names, require_split
from spanreg.data.sources.table import SourceTable
from spanreg.packages import expand_home
from spanreg.registry import ConfigurationError

if TYPE_CHECKING:
    from datasets import Dataset

HUB = "stanfordnlp/snli"
SPLITS = ("train", "validation", "test")
TEXTS = ("premise", "hypothesis")
COLUMNS = (*TEXTS, "label")


@DatasetReader.register("snli")
class SnliReader(SampledReader):
    """SNLI, from the hub or from a local folder in its layout, registered as ``snli``.

    The data set of Bowman et al., "A large annotated corpus for learning natural language inference", EMNLP 2015. Label
    ids are the hub's: 0 entailment, 1 neutral, 2 contradiction. Pairs on which the annotators did not agree (-1) are
    left out, as is customary.

    Source: Bowman et al., EMNLP 2015.

    Example:
        data: { type: 'snli', path: 'snli', limit: { train: 10000 } }

    Parameters:
        path: a folder with ``<split>.parquet`` or the hub's shards; default: the hub.
        files: split to file name, for files that are not named after their splits.
        selection: the arguments of ``SampledReader``.

    Raises:
        ConfigurationError: at reading: the folder, split or columns are missing, a file is damaged, a label is out of
            range, or the hub cannot be reached.
    """

    fixed_kind: ClassVar[TaskKind | None] = "classification"

    def __init__(
        self,
        path: Path | None = None,
        files: dict[str, str] | None = None,
        **selection: Any,
    ) -> None:
        super().__init__(**selection)
        if files and path is None:
            problem, hint = "file names were given, but no local folder", "give the folder with 'path'"
            raise ConfigurationError(problem, path="files", hint=hint)
        self.path = None if path is None else expand_home(path, "path")
        self.files = checked_split_names(files or {})
        labels = ("entailment", "neutral", "contradiction")  # in the order of the hub's ids
        self.task = Task(name="snli", kind="classification", labels=labels, metrics=("accuracy",), pair=True)

    def splits(self) -> Sequence[str]:
        found = self._local()
        return SPLITS if found is None else tuple(found)

    def read_all(self, split: str) -> Dataset:
        # Pairs without a label are left out before the limit, so that a limit of 1000 gives 1000 examples.
        table = without_unknown(self._table(split), "label")
        rows = self.selection.rows(table.size, split, self.splits)
        labels = LabelReader(self.task)
        return shared_columns(table.take(rows), labels, TEXTS, "label", index=rows, unlabelled=False)

    def _table(self, split: str) -> SourceTable:
        """Return a split of the local folder or of the hub."""
        found = self._local()
        require_split(split, SPLITS if found is None else found, "snli")
        if found is None:
            hint = "without a network, give a local folder with <split>.parquet"
            dataset = load_hub_split(HUB, split=split, task="snli", hint=hint)
            return table_of_dataset(dataset, f"{HUB}, {split}", COLUMNS, "label")
        return read_files(found[split], COLUMNS)

    @property
    def layout(self) -> DataLayout:
        return DataLayout(texts=TEXTS, skip_unknown=True, format="parquet", suffixes=(".parquet",))

    def _local(self) -> SplitFiles | None:
        """Return files by split; None where the data comes from the hub."""
        if self.path is None:
            return None
        if not self.path.is_dir():
            hint = "give a folder with <split>.parquet"
            raise ConfigurationError(f"there is no folder {self.path}", path="path", hint=hint)
        return find_splits(self.path, self.files, SPLITS)
