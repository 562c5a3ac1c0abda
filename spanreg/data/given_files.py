"""Files that are given to ``evaluate`` and ``predict``, read as the training data of a run were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.data.base import Task
from spanreg.data.conll import read_sentences, sentence_table
from spanreg.data.parquet import find_splits, read_files
from spanreg.data.reading.columns import shared_columns, without_unknown
from spanreg.data.reading.labels import LabelReader
from spanreg.data.sources.conll import ColumnFormat
from spanreg.data.sources.delimited import COMMAS, TABS, delimited_rows
from spanreg.data.sources.folder import HubData
from spanreg.data.sources.formats import Format, format_of, read_table
from spanreg.data.sources.layout import Layout
from spanreg.data.sources.parquet import parquet_rows
from spanreg.data.sources.table import SourceTable
from spanreg.limits import limits
from spanreg.registry import ConfigurationError, suggest
from spanreg.text.files.blocks import file_blocks
from spanreg.text.files.json_lines import lines_of_blocks

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True, slots=True)
class GivenData:
    """A file in any format that training reads, or a folder of such files.

    Example: ``GivenData(Path("reviews.csv"))``.
    """

    path: Path
    format: Format | None = None
    "Of a file; None for the one that its name or the training data say."
    split: str | None = None
    "Of a folder; None where it has only one."

    def read(self, task: Task, layout: Layout) -> Dataset:
        """Return labelled examples in the columns that readers share.

        Args:
            task: of the run.
            layout: names and places by which its training data were read.

        Raises:
            ConfigurationError: the data cannot be read, a label is missing, or it is none of the task's; the line or
                row is named.
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
        if form == "jsonl":
            index = [line - 1 for origin in table.origins for line in origin.lines or ()]
        labels = LabelReader(task, layout.label_map, layout.label_separator)
        return shared_columns(table, labels, texts, label, index=index, unlabelled=False)

    def rows(self, layout: Layout) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the rows, one after the other, with their places for errors; words in columns as ``tokens``.

        Raises:
            ConfigurationError: the data cannot be read; the line or row is named.
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

    def is_json_lines(self, layout: Layout) -> bool:
        """Return whether the file holds lines of JSON, which are answered one by one."""
        return not self.path.is_dir() and self._format(layout) == "jsonl"

    def _format(self, layout: Layout) -> Format:
        if not self.path.is_file():
            raise ConfigurationError(f"cannot read {self.path}: there is no such file", hint="name a file or a folder")
        if self.split is not None:
            hint = "leave --split out, or name a folder"
            raise ConfigurationError(f"{self.path} is one file, without splits", hint=hint)
        return self.format or format_of(self.path, layout)

    def _table(self, form: Format | None, wanted: tuple[str, ...], label: str) -> SourceTable:
        if form is not None:
            return read_table(self.path, form, wanted, label)
        if any(self.path.glob("*.parquet")):
            found = find_splits(self.path, {}, ())
            return read_files(found[self._chosen(tuple(found))], wanted, label)
        data = HubData(str(self.path))
        return data.table(self._chosen(data.splits()), wanted, label)

    def _chosen(self, known: tuple[str, ...]) -> str:
        if self.split is None and len(known) == 1:
            return known[0]
        if self.split not in known:
            problem = "has several splits" if self.split is None else f"has no split {self.split!r}"
            hint = f"name one by --split. {suggest(self.split or '', known, 'splits')}"
            raise ConfigurationError(f"{self.path} {problem}", hint=hint)
        return self.split

    def _folder_rows(self, layout: Layout) -> Iterator[tuple[str, dict[str, Any]]]:
        table = self._table(None, _wanted(layout), layout.label)
        columns = {name: table.values(name) for name in table.columns}
        for row in range(table.size):
            yield table.where(row), {name: _plain(column[row]) for name, column in columns.items()}


def rows_of_blocks(
    blocks: Iterable[bytes], file: str, form: Format, layout: Layout
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of text between commas or tabs, or the words of each sentence in columns, with their places.

    Args:
        blocks: the text, cut after line feeds.
        file: what errors call it.
        form: ``csv``, ``tsv`` or ``conll``.
        layout: says which column the words are in.

    Raises:
        ConfigurationError: a line is not as the format wants it.
    """
    if form != "conll":
        _, rows = delimited_rows(blocks, file, COMMAS if form == "csv" else TABS)
        for line, row in rows:
            yield f"{file}:{line}", dict(row)
        return
    # files without labels are predicted, too
    columns = ColumnFormat(layout.word_column, label=None)
    for sentence in columns.sentences_of(lines_of_blocks(blocks), file):
        yield f"{file}:{sentence.lines[0]}", {"tokens": sentence.words}


def _wanted(layout: Layout) -> tuple[str, ...]:
    """Return all columns that may be the texts, the label or the examples' numbers."""
    names = (*layout.texts, layout.label, "text", "pair", "tokens", "label", layout.index)
    return tuple(dict.fromkeys(name for name in names if name))


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold: dates and the like as text."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return value if value is None or isinstance(value, str | int | float) else str(value)
