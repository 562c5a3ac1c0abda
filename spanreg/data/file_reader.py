"""Base of the readers whose splits are files named in the config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from spanreg.data.sources.formats import Format, read_table
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.named_files import content_suffixes, file_of_split, named_files
from spanreg.data.sources.splits import in_order
from spanreg.data.sources.table import SourceTable
from spanreg.data.table_reader import TableReader
from spanreg.registry import ConfigurationError


class FileReader(TableReader):
    """Base of the readers whose splits are files.

    To add one for a format that ``read_table`` knows: subclass, decorate with ``@DatasetReader.register("my_reader")``
    and set ``format``. For another format, override ``read_file``.

    Parameters:
        files: split to file, for instance ``{train: 'train.csv', validation: 'dev.csv'}``; ``~`` is the home folder.
            Training does not read splits that have the word ``test`` in their names.
        columns: the arguments of ``TableReader``.

    Raises:
        ConfigurationError: as ``TableReader``; or there are no files.
    """

    format: ClassVar[Format] = "jsonl"
    "Format of the files."

    def __init__(self, files: dict[str, Path], **columns: Any) -> None:
        super().__init__(**columns)
        # An empty object has the right type, so that the plan accepts it.
        if not files:
            hint = "name one for each split, such as {train: 'train.csv'}"
            raise ConfigurationError("there are no files", path="files", hint=hint)
        self.files = named_files(files)

    def read_file(self, path: Path) -> SourceTable:
        """Return those of the columns ``wanted`` that a file has.

        Raises:
            ConfigurationError: the file is damaged or has another format.
        """
        return read_table(path, self.format, self.wanted, self.label)

    @property
    def layout(self) -> DataLayout:
        return replace(super().layout, format=self.format, suffixes=content_suffixes(self.files.values()))

    def splits(self) -> Sequence[str]:
        return in_order(self.files)

    def table(self, split: str) -> SourceTable:
        return self.read_file(file_of_split(self.files, split))
