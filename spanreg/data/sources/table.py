"""Tables of a source's columns that know the place of every row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spanreg.data.sources.cells import shown
from spanreg.limits import limits, spell_bytes
from spanreg.registry import ConfigurationError, Problem, suggest

T = TypeVar("T")

_MOST_PROBLEMS: Final = 5
"Number of rows that an error names."

_MOST_WORDS: Final = 8
"Number of label words that an error names."

Column: TypeAlias = Any
"A list of values of any types, or a ``pa.ChunkedArray``."


class RowOrigin(NamedTuple):
    """The file of a run of rows.

    Example: ``RowOrigin("a.csv", first=0, lines=[2, 3, 4])``.
    """

    file: str
    first: int
    "Position of its first row in the table."
    lines: Sequence[int] | None
    "Line number of each of its rows, counted from 1; None for a format without lines."


@dataclass(frozen=True, slots=True, eq=False)
class SourceTable:
    """Columns of one or several files, with the place of every row for errors.

    Example: ``read_table(path, "csv", ["text"], "label").where(0)`` is ``reviews.csv:2``.
    """

    columns: Mapping[str, Column]
    "Those of the wanted columns that the source has."
    names: Sequence[str]
    "Names of all columns of the source, for errors."
    size: int
    "Number of rows."
    origins: Sequence[RowOrigin]
    typed: bool = True
    "Whether the format distinguishes numbers from strings; otherwise all are strings, and an empty one is missing."
    repeated: Collection[str] = ()
    "Names that several columns of the source have."
    label_words: Sequence[str] = ()
    "The words that the source itself has for its label ids, in their order; empty if none."
    taken: Sequence[int] | None = None
    "Number of each row in the source; None if all rows are kept."

    @property
    def file(self) -> str:
        """Name of the first file, for errors."""
        return self.origins[0].file

    def where(self, row: int) -> str:
        """Return the file and the line of a row or, for a format without lines, its number."""
        row = row if self.taken is None else self.taken[row]
        # Origins are ascending: the last one that starts at or before the row contains it.
        origin = next(origin for origin in reversed(self.origins) if origin.first <= row)
        own = row - origin.first
        if origin.lines is None:
            return f"{origin.file}, row {own} (counted from 0)"
        return f"{origin.file}:{origin.lines[own]}"

    def lines(self) -> list[int]:
        """Return the line number of each row, counted from 1; for formats that have lines."""
        every = [line for origin in self.origins for line in origin.lines or ()]
        return every if self.taken is None else [every[row] for row in self.taken]

    def take(self, rows: Sequence[int] | NDArray[np.int64] | None) -> SourceTable:
        """Return some of the rows, given by their positions; all rows for None."""
        if rows is None:
            return self
        positions = list(map(int, rows))
        columns = {
            name: column.take(pa.array(positions, pa.int64()))
            if isinstance(column, pa.ChunkedArray)
            else [column[row] for row in positions]
            for name, column in self.columns.items()
        }
        taken = positions if self.taken is None else [self.taken[row] for row in positions]
        return replace(self, columns=columns, size=len(positions), taken=taken)

    def require(self, names: Sequence[str], keys: str = "'text', 'pair' and 'label'") -> None:
        """Raise an error unless the source has rows, and each of the columns exactly once.

        Args:
            names: the columns.
            keys: the config keys that name the columns, for the hint; empty if several keys may name them.

        Raises:
            ConfigurationError: the source is empty, or columns are missing or repeated.
        """
        for name in names:
            if name in self.repeated:
                problem = f"several columns are called {name!r}"
                raise ConfigurationError(problem, file=self.file, hint="give each column a different name")
        missing = [name for name in names if name not in self.names]
        if missing:
            known = suggest(missing[0], self.names, "it has", none="it has no columns")
            problem = f"lacks the columns {', '.join(missing)}"
            hint = f"{known}; name its columns with {keys}" if keys else known
            raise ConfigurationError(problem, file=self.file, hint=hint)
        if not self.size:
            raise ConfigurationError("has no examples", file=self.file, hint="give at least one row")

    def values(self, name: str) -> Sequence[Any]:
        """Return the values of a column; None for each row if there is no such column."""
        if name not in self.columns:
            return [None] * self.size
        column = self.columns[name]
        values: Sequence[Any] = column.to_pylist() if isinstance(column, pa.ChunkedArray) else column
        return values

    def texts(self, name: str) -> pa.ChunkedArray:
        """Return a column of strings.

        Raises:
            ConfigurationError: a value is missing or is not a string; the error names its row.
        """
        column = self.columns[name]
        if isinstance(column, pa.ChunkedArray):
            if pa.types.is_dictionary(column.type):  # as pandas writes columns of categories
                column = column.cast(column.type.value_type)
            if not column.null_count and _holds_strings(column.type):
                # The whole column is checked at once. Its texts become Python strings only if one is too long.
                lengths, most = pc.binary_length(column.cast(pa.large_string())).to_numpy(), limits().line
                if self.size and lengths.max() > most:
                    self.refuse_length(int(np.argmax(lengths > most)), name)
                return column.cast(pa.string())

        def read(row: int, value: Any) -> str:
            if not isinstance(value, str):
                self.refuse(row, f"column {name!r} holds {shown(value)}", "it must hold a string")
            if len(value) > limits().line:
                self.refuse_length(row, name)
            return value

        return pa.chunked_array([pa.array(self.each_row(self.values(name), read), pa.string())])

    def refuse_length(self, row: int, name: str) -> NoReturn:
        """Raise an error for a row whose text exceeds the command's limit."""
        problem = f"column {name!r} holds a text longer than {spell_bytes(limits().line)}"
        self.refuse(row, problem, "shorten it, or allow more: --limit line=N")

    def refuse(self, row: int, problem: str, hint: str) -> NoReturn:
        """Raise an error with the place of a row."""
        raise ConfigurationError(problem, file=self.where(row), hint=hint)

    def each_row(self, values: Sequence[Any], read: Callable[[int, Any], T]) -> list[T]:
        """Return the results of a function for the number and the value of every row.

        Raises:
            ConfigurationError: the function raises this error for some rows; the first few are reported together.
        """
        found: list[T] = []
        problems: list[Problem] = []
        for row, value in enumerate(values):
            try:
                found.append(read(row, value))
            except ConfigurationError as error:
                problems += error.problems
                # One wrong column name makes every row wrong: a million messages would help nobody.
                if len(problems) >= _MOST_PROBLEMS:
                    problems.append(Problem("further rows were not checked", file=self.file))
                    break
        if problems:
            raise ConfigurationError(problems)
        return found


def table_of_rows(
    rows: Iterator[tuple[int, Mapping[str, Any]]], wanted: Collection[str], file: str, names: Sequence[str] = ()
) -> SourceTable:
    """Return rows as columns; only the names of unwanted columns are kept.

    Args:
        rows: line numbers, and values by column; a value that a row lacks is None.
        wanted: the columns to keep.
        file: name of the file in errors.
        names: the columns of the file, if they are known before its rows.
    """
    columns: dict[str, list[Any]] = {name: [] for name in wanted}
    lines: list[int] = []
    present = dict.fromkeys(names)
    for line, row in rows:
        lines.append(line)
        present.update(dict.fromkeys(row))
        for name, column in columns.items():
            column.append(row.get(name))
    kept = {name: column for name, column in columns.items() if name in present}
    return SourceTable(kept, tuple(present), len(lines), (RowOrigin(file, 0, lines),))


def joined_tables(tables: Sequence[SourceTable]) -> SourceTable:
    """Return one table with the rows of several files.

    Raises:
        ConfigurationError: a column is missing in one of the files, or the files have different label words.
    """
    first = tables[0]
    if len(tables) == 1:
        return first
    origins: list[RowOrigin] = []
    size = 0
    for table in tables:
        # ``^`` of sets: the columns that only one of the two has.
        if differing := first.columns.keys() ^ table.columns.keys():
            # The first by name, because the order of a set differs from process to process.
            raise ConfigurationError(
                f"the column {min(differing)!r} is in only one of {first.file} and {table.file}",
                hint="give all files of a split the same columns",
            )
        # The ids of a file would be read as the words of another one.
        if tuple(table.label_words) != tuple(first.label_words):
            words, others = _listed(table.label_words), _listed(first.label_words)
            raise ConfigurationError(
                f"has {words} for its label ids, and {first.file} has {others}",
                file=table.file,
                hint="write all files of a split with the same label words, in one order",
            )
        origins += [origin._replace(first=origin.first + size) for origin in table.origins]
        size += table.size
    columns = {name: _joined([table.columns[name] for table in tables]) for name in first.columns}
    repeated = {name for table in tables for name in table.repeated}
    return replace(first, columns=columns, size=size, origins=origins, repeated=repeated)


def _joined(parts: Sequence[Column]) -> Column:
    arrays = [part for part in parts if isinstance(part, pa.ChunkedArray)]
    # Arrays stay arrays where all files agree on the type; otherwise, as with numbers and words, the values are a list.
    if len(arrays) == len(parts) and len({part.type for part in arrays}) == 1:
        return pa.chunked_array([chunk for part in arrays for chunk in part.chunks], arrays[0].type)
    return list(chain.from_iterable(part.to_pylist() if isinstance(part, pa.ChunkedArray) else part for part in parts))


def _listed(words: Sequence[str]) -> str:
    """Return label words for an error, the first few of them."""
    more = ", ..." if len(words) > _MOST_WORDS else ""
    return ", ".join(map(repr, words[:_MOST_WORDS])) + more if words else "no words"


def _holds_strings(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
