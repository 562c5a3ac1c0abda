"""Files given to ``evaluate`` and ``predict``, read in the same way as the training data of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.data.base import Task
from spanreg.data.reading.columns import shared_columns, without_unknown
from spanreg.data.reading.labels import LabelReader
from spanreg.data.reading.sentences import read_sentences, sentence_table
from spanreg.data.sources.conll import ColumnFormat
from spanreg.data.sources.delimited import DIALECTS, delimited_rows
from spanreg.data.sources.formats import Format, format_of, read_table
from spanreg.data.sources.hub_data import HubData
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.parquet import parquet_rows
from spanreg.data.sources.split_files import find_splits, read_files
from spanreg.data.sources.splits import require_folder_for_split
from spanreg.data.sources.table import SourceTable
from spanreg.limits import limits
from spanreg.registry import ConfigurationError, suggest
from spanreg.text.files.blocks import file_blocks
from spanreg.text.files.json_lines import lines_of_blocks

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True, slots=True)
class ExternalData:
    """A file in any format that training reads, or a folder of such files.

    Example: ``ExternalData(Path("reviews.csv")).read(task, layout)``.
    """

    path: Path
    format: Format | None = None
    "Format of a file; None to infer it from the file's name and the training data."
    split: str | None = None
    "Split of a folder; None where it has only one."

    def read(self, task: Task, layout: DataLayout) -> Dataset:
        """Return labelled examples in the columns that all readers share.

        Args:
            task: the task of the run.
            layout: where the texts and labels are in the run's training data.

        Raises:
            ConfigurationError: the data cannot be read, or a label is missing or not one of the task's; the error names
                the line or row.
        """
        import datasets

        form = None if self.path.is_dir() else self._format(layout)
        if form == "conll":
            sentences = read_sentences(self.path, ColumnFormat(layout.word_column, layout.label_column), layout.scheme)
            return datasets.Dataset(sentence_table(sentences, task.labels, str(self.path)))
        table = self._table(form, _wanted(layout), layout.label)
        texts, label = layout.columns(task, table.names)
        if layout.skip_unknown:
            table = without_unknown(table, label)
        index: str | list[int] | None = layout.index if layout.index in table.names else None
        # Line numbers as idx, so that predictions can be matched with the lines of the file.
        if form == "jsonl":
            index = [line - 1 for line in table.lines()]
        labels = LabelReader(task, layout.label_map, layout.label_separator)
        return shared_columns(table, labels, texts, label, index=index, unlabelled=False)

    def rows(self, layout: DataLayout) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each row's place, for errors, and its values; words in columns become a list ``tokens``.

        Raises:
            ConfigurationError: the data cannot be read; the error names the line or row.
        """
        if self.path.is_dir():
            yield from self._folder_rows(layout)
            return
        form = self._format(layout)
        if form == "parquet":
            for number, row in parquet_rows(self.path):
                yield f"{self.path}, row {number} (counted from 0)", {name: _plain(row[name]) for name in row}
            return
        blocks = file_blocks(self.path, whole_lines=True, longest=limits().line)
        yield from rows_of_blocks(blocks, str(self.path), form, layout)

    def is_json_lines(self, layout: DataLayout) -> bool:
        """Return whether the data is a file of JSON lines, which are predicted one by one."""
        return not self.path.is_dir() and self._format(layout) == "jsonl"

    def _format(self, layout: DataLayout) -> Format:
        if not self.path.is_file():
            raise ConfigurationError(f"cannot read {self.path}: there is no such file", hint="give a file or a folder")
        require_folder_for_split(self.path, self.split)
        return self.format or format_of(self.path, layout)

    def _table(self, form: Format | None, wanted: tuple[str, ...], label: str) -> SourceTable:
        """Return the wanted columns of a file, or of the chosen split of a folder."""
        if form is not None:
            return read_table(self.path, form, wanted, label)
        # The hub's layout in Parquet is read directly: ``datasets`` would first write a copy into its cache.
        if any(self.path.glob("*.parquet")):
            found = find_splits(self.path, {}, ())
            return read_files(found[self._chosen(tuple(found))], wanted, label)
        # Other folders may have any layout of files that ``datasets`` knows.
        data = HubData(str(self.path))
        try:
            return data.table(self._chosen(data.splits()), wanted, label)
        except ConfigurationError as error:
            # ``path`` is a key of the reader ``hub``, which the user of a command does not have.
            hint = "give a folder with data files of one format"
            problems = [replace(one, path="", hint=hint) if one.path == "path" else one for one in error.problems]
            raise ConfigurationError(problems) from error

    def _chosen(self, known: tuple[str, ...]) -> str:
        """Return the split to read: the chosen one, or the only one."""
        if self.split is None and len(known) == 1:
            return known[0]
        if self.split not in known:
            problem = "has several splits" if self.split is None else f"has no split {self.split!r}"
            hint = f"choose one with --split. {suggest(self.split or '', known, 'splits')}"
            raise ConfigurationError(f"{self.path} {problem}", hint=hint)
        return self.split

    def _folder_rows(self, layout: DataLayout) -> Iterator[tuple[str, dict[str, Any]]]:
        table = self._table(None, _wanted(layout), layout.label)
        columns = {name: table.values(name) for name in table.columns}
        for row in range(table.size):
            yield table.where(row), {name: _plain(column[row]) for name, column in columns.items()}


def rows_of_blocks(
    blocks: Iterable[bytes], file: str, form: Format, layout: DataLayout
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the place and the values of each row of a text file, or of each sentence of a file with words in columns.

    Args:
        blocks: the text, split after line feeds.
        file: name of the text in errors.
        form: ``csv``, ``tsv`` or ``conll``.
        layout: has the words' column.

    Raises:
        ConfigurationError: a line breaks the format.
    """
    if form != "conll":
        _, rows = delimited_rows(blocks, file, DIALECTS[form])
        for line, row in rows:
            yield f"{file}:{line}", dict(row)
        return
    # No label column: predictions are made for files without labels, too.
    columns = ColumnFormat(layout.word_column, label=None)
    for sentence in columns.sentences_of(lines_of_blocks(blocks), file):
        yield f"{file}:{sentence.lines[0]}", {"tokens": sentence.words}


def _wanted(layout: DataLayout) -> tuple[str, ...]:
    """Return all columns that may have the texts, the label or the examples' numbers."""
    # The shared names as well: a file that was not made for this run may have those.
    names = (*layout.texts, layout.label, "text", "pair", "tokens", "label", layout.index)
    return tuple(dict.fromkeys(name for name in names if name))


def _plain(value: Any) -> Any:
    """Return a value that can be written as JSON: dates and similar values become text."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return value if value is None or isinstance(value, str | int | float) else str(value)
