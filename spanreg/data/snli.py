"""SNLI: does a premise entail a hypothesis, contradict it, or neither?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.data.base import DatasetReader, Task
from spanreg.data.parquet import SplitFiles, find_splits, read_files
from spanreg.data.reading.columns import shared_columns, without_unknown
from spanreg.data.reading.labels import LabelReader
from spanreg.data.reading.limit import Limit, limit_of
from spanreg.data.sources.layout import Layout
from spanreg.data.sources.parquet import table_of_dataset
from spanreg.data.sources.table import SourceTable
from spanreg.packages import expand_home, quiet_hub_client
from spanreg.registry import ConfigurationError, suggest
from spanreg.storage import path_component

if TYPE_CHECKING:
    from datasets import Dataset

HUB = "stanfordnlp/snli"
SPLITS = ("train", "validation", "test")
TEXTS = ("premise", "hypothesis")
COLUMNS = (*TEXTS, "label")


@DatasetReader.register("snli")
class Snli(DatasetReader):
    """SNLI, from the hub or from a local folder in its layout, registered as ``snli``.

    After Bowman et al., "A large annotated corpus for learning natural language inference", EMNLP 2015. Labels are the
    hub's: 0 entailment, 1 neutral, 2 contradiction. Pairs on which the annotators did not agree (-1) are left out, as
    is customary.

    Source: Bowman et al., EMNLP 2015.

    Parameters:
        path: a folder with ``<split>.parquet`` or the hub's shards; default: the hub.
        files: split to file name, for files whose names are not the splits'.
        limit: at most so many examples of every split, the first ones, or of some: ``{train: 1000}``; default: all.

    Raises:
        ConfigurationError: at reading: the folder, split or columns are missing, a file is damaged, a label is out of
            range, or the hub cannot be reached.
    """

    def __init__(
        self,
        path: Path | None = None,
        files: dict[str, str] | None = None,
        limit: Limit | None = None,
    ) -> None:
        if files and path is None:
            raise ConfigurationError(
                "file names were given, but no local folder", path="files", hint="give the folder by 'path'"
            )
        self.path = None if path is None else expand_home(path, "path")
        self.files = dict(files or {})
        for split in self.files:
            path_component(split, "split", "files")
        self.limit = limit
        labels = ("entailment", "neutral", "contradiction")
        self.task = Task(name="snli", kind="classification", labels=labels, metrics=("accuracy",), pair=True)

    def splits(self) -> Sequence[str]:
        found = self._local()
        return SPLITS if found is None else tuple(found)

    def read(self, split: str) -> Dataset:
        found = self._local()
        names = SPLITS if found is None else found
        if split not in names:
            raise ConfigurationError(f"snli has no split {split!r} here", hint=suggest(split, names, "splits"))
        table = _read_hub(split) if found is None else read_files(found[split], COLUMNS)
        kept = without_unknown(table, "label").head(limit_of(self.limit, split, self.splits))
        return shared_columns(kept, LabelReader(self.task), TEXTS, "label", unlabelled=False)

    @property
    def layout(self) -> Layout:
        return Layout(texts=TEXTS, skip_unknown=True, format="parquet", suffixes=(".parquet",))

    def _local(self) -> SplitFiles | None:
        """Files by split; None where the data come from the hub."""
        if self.path is None:
            return None
        if not self.path.is_dir():
            raise ConfigurationError(
                f"there is no folder {self.path}", path="path", hint="give one that holds <split>.parquet"
            )
        return find_splits(self.path, self.files, SPLITS)


def _read_hub(split: str) -> SourceTable:
    import datasets

    try:
        # Data and no code; a run records the fingerprint of what it read.
        with quiet_hub_client():
            dataset = datasets.load_dataset(HUB, split=split)  # nosec B615
        return table_of_dataset(dataset, f"{HUB}, {split}", COLUMNS, "label")
    except Exception as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise ConfigurationError(
            f"cannot load snli from the hub ({HUB}): {reason}",
            path="path",
            hint="without network, give a local folder that holds <split>.parquet",
        ) from error
