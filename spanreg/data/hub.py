"""Reader of data sets on the hub, and of local folders in their layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from spanreg.data.base import DatasetReader
from spanreg.data.sources.hub_data import HubData
from spanreg.data.sources.table import SourceTable
from spanreg.data.table_reader import TableReader
from spanreg.registry import OnDisk


@DatasetReader.register("hub")
class HubReader(TableReader):
    """A data set that ``datasets.load_dataset`` finds, registered as ``hub``.

    Code that comes with a data set is never run. Where the data set has words for its label ids, in its files or in its
    card, a label is its word: ``labels`` may name them in another order, and ``label_map`` renames them. The files of a
    local folder are read as by the readers ``csv``, ``tsv``, ``jsonl`` and ``parquet``; files of other formats, and
    those that the card gives options for, such as ``sep``, by ``datasets``.

    Source: datasets.

    Example:
        data: { type: 'hub', path: 'stanfordnlp/imdb', text: 'text', label: 'label' }

    Parameters:
        path: name on the hub, or a local folder of data files.
        subset: name of one of its configurations; default: the only or default one.
        revision: branch, tag or commit; default: the main branch.
        labels: label words in the order of their ids; default: the data set's own or, where it has none, those of the
            training data, sorted (numbers by size).
        name: name of the task in reports; default: ``path``.
        columns: the other arguments of ``TableReader``.

    Raises:
        ConfigurationError: as ``TableReader``; or the data set cannot be loaded.
    """

    def __init__(
        self,
        path: Annotated[str, OnDisk(or_remote=True)],
        subset: str | None = None,
        revision: str | None = None,
        name: str | None = None,
        **columns: Any,
    ) -> None:
        # "task", the default of the base class, would name all data sets alike in a report.
        super().__init__(name=name or path, **columns)
        self.source = HubData(path, subset, revision)

    def splits(self) -> Sequence[str]:
        return self.source.splits()

    def table(self, split: str) -> SourceTable:
        return self.source.table(split, self.wanted, self.label)
