"""Any data set of the hub, or of a local folder in its layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import pyarrow as pa

from spanreg.data.base import DatasetReader
from spanreg.data.tables import TableReader
from spanreg.registry import AtLeast, ConfigurationError, OnDisk, suggest


@DatasetReader.register("hub")
class Hub(TableReader):
    """A data set that ``datasets.load_dataset`` reads, registered as ``hub``.

    Code that comes with a data set is never run. Where the labels are numbers that the hub has words for, give the
    words in the hub's order.

    Source: datasets.

    Parameters:
        path: name on the hub, or a local folder of data files.
        subset: one of its configurations; default: the only or default one.
        revision: branch, tag or commit; default: the main branch.
        text: name of the text column; default ``text``.
        pair: name of the second text's column, for a task on pairs; default: single texts.
        label: name of the label column; default ``label``.
        labels: label words in the order of their ids; default: none, the labels are real values (regression).
        label_map: what stands in the data, as text, to label word; default: nothing is renamed.
        kind: what is asked; default: ``classification`` where there are ``labels``, otherwise ``regression``. With
            ``multi_label`` a label is a list of words, with ``token_classification`` there is one label for each token,
            and ``text`` names a column of lists of tokens, which are joined by spaces.
        label_separator: what stands between several labels that are one string; default ``|``.
        metrics: registered metrics, the main one first; default: ``accuracy``; for a regression ``pearson`` and
            ``spearman``, for several labels ``multi_label_f1``, for tokens with labels of chunks ``chunk_f1``.
        name: of the task in reports; default: ``path``.
        limit: at most so many examples of every split, the first ones; default: all.

    Raises:
        ConfigurationError: as ``TableReader``; or the data set cannot be loaded.
    """

    def __init__(
        self,
        path: Annotated[str, OnDisk()],
        subset: str | None = None,
        revision: str | None = None,
        text: str = "text",
        pair: str | None = None,
        label: str = "label",
        labels: list[str] | None = None,
        label_map: dict[str, str] | None = None,
        kind: Literal["classification", "regression", "multi_label", "token_classification"] | None = None,
        label_separator: str = "|",
        metrics: list[str] | None = None,
        name: str | None = None,
        limit: Annotated[int, AtLeast(1)] | None = None,
    ) -> None:
        super().__init__(text, pair, label, labels, label_map, kind, label_separator, metrics, name or path, limit)
        self.source: dict[str, Any] = {"path": path, "revision": revision}
        self.subset = subset

    def splits(self) -> Sequence[str]:
        import datasets

        source = {"path": self.source["path"], "config_name": self.subset, "revision": self.source["revision"]}
        names = self._ask(datasets.get_dataset_split_names, **source)
        ranks = {split: rank for rank, split in enumerate(("train", "validation", "test"))}
        return tuple(sorted(names, key=lambda split: (ranks.get(split, len(ranks)), split)))

    def table(self, split: str) -> tuple[pa.Table, str]:
        import datasets

        known = self.splits()
        if split not in known:
            hint = suggest(split, known, "splits")
            raise ConfigurationError(f"{self.source['path']} has no split {split!r}", hint=hint)
        dataset = self._ask(datasets.load_dataset, **self.source, name=self.subset, split=split)
        present = [name for name in (*self.texts, self.label) if name in dataset.column_names]
        chosen = dataset.select_columns(present) if present else dataset
        return chosen.with_format("arrow")[:], f"{self.source['path']}, {split}"

    def _ask(self, function: Any, **arguments: Any) -> Any:
        try:
            return function(**arguments)
        except Exception as error:
            reason = (str(error) or repr(error)).splitlines()[0]
            raise ConfigurationError(
                f"cannot load {self.source['path']}: {reason}",
                path="path",
                hint="give the name of a data set on the hub, or a local folder of data files",
            ) from error
