"""Any data set of the hub, or of a local folder in its layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from spanreg.data.base import DatasetReader
from spanreg.data.reading.limit import Limit
from spanreg.data.sources.folder import HubData
from spanreg.data.sources.table import SourceTable
from spanreg.data.tables import TableReader
from spanreg.metrics.base import Metric
from spanreg.registry import Distinct, Items, Lazy, OnDisk


@DatasetReader.register("hub")
class Hub(TableReader):
    """A data set that ``datasets.load_dataset`` finds, registered as ``hub``.

    Code that comes with a data set is never run. Where the data set has words for its label ids, in its files or in its
    card, a label is its word: ``labels`` may name them in another order, and ``label_map`` renames them. The files of a
    local folder are read as by the readers ``csv``, ``tsv``, ``jsonl`` and ``parquet``, others by ``datasets``.

    Source: datasets.

    Parameters:
        path: name on the hub, or a local folder of data files.
        subset: one of its configurations; default: the only or default one.
        revision: branch, tag or commit; default: the main branch.
        text: name of the text column; default ``text``.
        pair: name of the second text's column, for a task on pairs; default: single texts.
        label: name of the label column; default ``label``.
        labels: label words in the order of their ids; default: the data set's own or, where it has none, those of the
            training data, sorted (numbers by size).
        label_map: what stands in the data, as text, to label word; default: nothing is renamed.
        kind: what is asked; default: ``classification`` where there are ``labels``, or the training data have words or
            whole numbers, ``regression`` where they have real numbers or all ``metrics`` are for values. With
            ``multi_label`` a label is a list of words, with ``token_classification`` there is one label for each token,
            and ``text`` names a column of lists of tokens, which are joined by spaces.
        label_separator: what stands between several labels that are one string; default ``|``.
        metrics: names or configs of metrics, ``{type: 'f1', positive: 'yes'}``, the main one first; default:
            ``accuracy``; for a regression ``pearson`` and ``spearman``, for several labels ``multi_label_f1``, for
            tokens with labels of chunks ``chunk_f1``.
        name: of the task in reports; default: ``path``.
        limit: at most so many examples of every split, the first ones, or of some: ``{train: 1000}``; default: all.

    Raises:
        ConfigurationError: as ``TableReader``; or the data set cannot be loaded.
    """

    def __init__(
        self,
        path: Annotated[str, OnDisk(or_remote=True)],
        subset: str | None = None,
        revision: str | None = None,
        text: str = "text",
        pair: str | None = None,
        label: str = "label",
        labels: Annotated[list[str], Items(2), Distinct()] | None = None,
        label_map: dict[str, str] | None = None,
        kind: Literal["classification", "regression", "multi_label", "token_classification"] | None = None,
        label_separator: str = "|",
        metrics: list[Lazy[Metric]] | None = None,
        name: str | None = None,
        limit: Limit | None = None,
    ) -> None:
        super().__init__(text, pair, label, labels, label_map, kind, label_separator, metrics, name or path, limit)
        self.source = HubData(path, subset, revision)

    def splits(self) -> Sequence[str]:
        return self.source.splits()

    def table(self, split: str) -> SourceTable:
        return self.source.table(split, self.wanted, self.label)
