"""Folders of data files, one or several for each split, in the layouts that ``datasets`` knows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from spanreg.data.sources.formats import Format, content_suffix, format_of, read_table
from spanreg.data.sources.layout import Layout
from spanreg.data.sources.parquet import table_of_dataset, words_of_feature
from spanreg.data.sources.splits import in_order
from spanreg.data.sources.table import SourceTable, joined_tables
from spanreg.packages import quiet_hub_client
from spanreg.registry import ConfigurationError, suggest
from spanreg.text.files.expansion import require_bounded

_OWN_SUFFIXES: Final = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
"Of local files that are read as the readers of their formats read them."


@dataclass(frozen=True, eq=False)
class HubData:
    """A data set on the hub, or a local folder in its layout; code that comes with one is never run."""

    path: str
    "Name on the hub, or a local folder."
    subset: str | None = None
    "One of its configurations; None for the only or default one."
    revision: str | None = None
    "Branch, tag or commit; None for the main branch."

    def splits(self) -> tuple[str, ...]:
        """Return the names of the splits, in order.

        Raises:
            ConfigurationError: the data set cannot be loaded.
        """
        return in_order(self._files if self.is_local else self._hub_splits())

    def table(self, split: str, wanted: Collection[str], label: str) -> SourceTable:
        """Return the wanted columns of a split, as far as they are there.

        Args:
            split: its name.
            wanted: the columns to read.
            label: the label column, for the words that the data set gives its label ids.

        Raises:
            ConfigurationError: there is no such split, or it cannot be read.
        """
        known = self.splits()
        if split not in known:
            raise ConfigurationError(f"{self.path} has no split {split!r}", hint=suggest(split, known, "splits"))
        files = self._own_files(split)
        if not files:
            return self._loaded(split, wanted, label)
        table = joined_tables([read_table(file, form, wanted, label) for file, form in files])
        features = self._builder.info.features
        words = words_of_feature(features.to_dict().get(label)) if features else ()
        return replace(table, label_words=words or table.label_words)

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return Path(self.path).is_dir()

    @cached_property
    def _builder(self) -> Any:
        import datasets

        return self._ask(datasets.load_dataset_builder, path=self.path, name=self.subset, revision=self.revision)

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        """The local files of each split."""
        found = self._builder.config.data_files or {}
        return {str(split): [str(file) for file in files] for split, files in found.items()}

    def _hub_splits(self) -> Sequence[str]:
        import datasets

        names: Sequence[str] = self._ask(
            datasets.get_dataset_split_names, path=self.path, config_name=self.subset, revision=self.revision
        )
        return names

    def _own_files(self, split: str) -> list[tuple[Path, Format]]:
        """Return the local files of a split with their formats; none where some are of another format."""
        files = [Path(name) for name in self._files[split]] if self.is_local else []
        own = all(file.is_file() and content_suffix(file) in _OWN_SUFFIXES for file in files)
        return [(file, format_of(file, Layout())) for file in files] if own else []

    def _loaded(self, split: str, wanted: Collection[str], label: str) -> SourceTable:
        """Return a split as ``datasets`` reads it, values between commas as the strings that they are."""
        import datasets

        if self.is_local:
            require_bounded(Path(self.path))
        as_text: dict[str, Any] = {}
        if type(self._builder.config).__name__ == "CsvConfig":
            as_text = {"converters": dict.fromkeys(wanted, str), "keep_default_na": False}
        source = {"path": self.path, "name": self.subset, "revision": self.revision, "split": split}
        dataset = self._ask(datasets.load_dataset, **source, **as_text)
        return replace(table_of_dataset(dataset, f"{self.path}, {split}", wanted, label), typed=not as_text)

    def _ask(self, function: Any, **arguments: Any) -> Any:
        try:
            with quiet_hub_client():
                return function(**arguments)
        except Exception as error:
            reason = (str(error) or repr(error)).splitlines()[0]
            raise ConfigurationError(
                f"cannot load {self.path}: {reason}",
                path="path",
                hint="give the name of a data set on the hub, or a local folder of data files",
            ) from error
