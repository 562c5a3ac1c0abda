"""Columns of a file, with the place of every row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spanreg.data.sources.cells import shown
from spanreg.limits import limits, spell_bytes
from spanreg.registry import ConfigurationError, Problem, suggest

T = TypeVar("T")

_MOST_PROBLEMS: Final = 5
"Rows that an error names."

Column: TypeAlias = Any
"A list of values of one kind or of several, or what Arrow read (``pa.ChunkedArray``)."


class Origin(NamedTuple):
    """The file that rows come from."""

    file: str
    first: int
    "Position of its first row in the table."
    lines: Sequence[int] | None
    "Line of each of its rows, counted from 1; None for a format that has no lines."


@dataclass(frozen=True, slots=True, eq=False)
class SourceTable:
    """The columns of a file, or of several, that were asked for; ``table.where(0)`` may be ``reviews.csv:2``."""

    columns: Mapping[str, Column]
    "Those that were asked for and are there."
    names: Sequence[str]
    "All columns of the source, for errors."
    size: int
    "Number of rows."
    origins: Sequence[Origin]
    typed: bool = True
    "Whether the format tells numbers from strings; otherwise all values are strings, and an empty one is missing."
    repeated: Collection[str] = ()
    "Names that several columns of the source have."
    label_words: Sequence[str] = ()
    "The words that the source itself gives its label ids, in their order; empty where it has none."
    taken: Sequence[int] | None = None
    "The row of the origins that each row is; None where all are there."

    @property
    def file(self) -> str:
        """Name of the source, for errors: that of its first file."""
        return self.origins[0].file

    def where(self, row: int) -> str:
        """Return file and line of a row or, where there are no lines, its number."""
        row = row if self.taken is None else self.taken[row]
        origin = next(origin for origin in reversed(self.origins) if origin.first <= row)
        own = row - origin.first
        if origin.lines is None:
            return f"{origin.file}, row {own} (counted from 0)"
        return f"{origin.file}:{origin.lines[own]}"

    def head(self, limit: int | None) -> SourceTable:
        """Return the first ``limit`` rows, or all."""
        if limit is None or limit >= self.size:
            return self
        cut = {name: column[:limit] for name, column in self.columns.items()}
        return replace(self, columns=cut, size=limit)

    def take(self, rows: Sequence[int]) -> SourceTable:
        """Return some of the rows, all of which are in the table still."""
        columns = {
            name: column.take(pa.array(rows, pa.int64()))
            if isinstance(column, pa.ChunkedArray)
            else [column[row] for row in rows]
            for name, column in self.columns.items()
        }
        return replace(self, columns=columns, size=len(rows), taken=rows)

    def require(self, names: Sequence[str], keys: str = "'text', 'pair' and 'label'") -> None:
        """Raise an error unless the source has rows and each of these columns once.

        Args:
            names: the columns.
            keys: the keys of a config that name them.

        Raises:
            ConfigurationError: the source is empty, or columns are missing or repeated.
        """
        for name in names:
            if name in self.repeated:
                problem = f"several columns are called {name!r}"
                raise ConfigurationError(problem, file=self.file, hint="give every column a name of its own")
        missing = [name for name in names if name not in self.names]
        if missing:
            known = suggest(missing[0], self.names, "it has")
            problem = f"lacks the columns {', '.join(missing)}"
            raise ConfigurationError(problem, file=self.file, hint=f"{known}; name its columns by {keys}")
        if not self.size:
            raise ConfigurationError("has no examples", file=self.file, hint="give at least one row")

    def values(self, name: str) -> Sequence[Any]:
        """Return a column's values, None for each row where there is no such column."""
        if name not in self.columns:
            return [None] * self.size
        column = self.columns[name]
        values: Sequence[Any] = column.to_pylist() if isinstance(column, pa.ChunkedArray) else column
        return values

    def texts(self, name: str) -> pa.ChunkedArray:
        """Return a column of strings.

        Raises:
            ConfigurationError: a value is missing or is no string; its row is named.
        """
        column = self.columns[name]
        if isinstance(column, pa.ChunkedArray):
            column = _decoded(column)
            if not column.null_count and _holds_strings(column.type):
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
        """Raise an error that names a row whose text exceeds the command's limit."""
        problem = f"column {name!r} holds a text longer than {spell_bytes(limits().line)}"
        self.refuse(row, problem, "shorten it, or allow more: --limit line=N")

    def refuse(self, row: int, problem: str, hint: str) -> NoReturn:
        """Raise an error that names a row."""
        raise ConfigurationError(problem, file=self.where(row), hint=hint)

    def each_row(self, values: Sequence[Any], read: Callable[[int, Any], T]) -> list[T]:
        """Apply a function to number and value of every row.

        Raises:
            ConfigurationError: the function refuses some of them; the first few are named.
        """
        found: list[T] = []
        problems: list[Problem] = []
        for row, value in enumerate(values):
            try:
                found.append(read(row, value))
            except ConfigurationError as error:
                problems += error.problems
                if len(problems) >= _MOST_PROBLEMS:
                    problems.append(Problem("further rows were not looked at", file=self.file))
                    break
        if problems:
            raise ConfigurationError(problems)
        return found


def table_of_rows(
    rows: Iterator[tuple[int, Mapping[str, Any]]], wanted: Collection[str], file: str, names: Sequence[str] = ()
) -> SourceTable:
    """Gather rows into columns; those that are not wanted are known by their names alone.

    Args:
        rows: number of the line, and values by column; one that a row lacks is None.
        wanted: the columns to keep.
        file: where the rows come from.
        names: the columns of the file, where they are known before its rows.
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
    return SourceTable(kept, tuple(present), len(lines), (Origin(file, 0, lines),))


def joined_tables(tables: Sequence[SourceTable]) -> SourceTable:
    """Put the rows of several files below one another.

    Raises:
        ConfigurationError: a column is missing in one of them.
    """
    first = tables[0]
    if len(tables) == 1:
        return first
    origins: list[Origin] = []
    size = 0
    for table in tables:
        for name in set(first.columns) ^ set(table.columns):
            raise ConfigurationError(
                f"the column {name!r} is in only one of {first.file} and {table.file}",
                hint="give all files of a split the same columns",
            )
        origins += [origin._replace(first=origin.first + size) for origin in table.origins]
        size += table.size
    columns = {name: _joined([table.columns[name] for table in tables]) for name in first.columns}
    repeated = {name for table in tables for name in table.repeated}
    return replace(first, columns=columns, size=size, origins=origins, repeated=repeated)


def _joined(parts: Sequence[Column]) -> Column:
    arrays = [part for part in parts if isinstance(part, pa.ChunkedArray)]
    if len(arrays) == len(parts) and len({part.type for part in arrays}) == 1:
        return pa.chunked_array([chunk for part in arrays for chunk in part.chunks], arrays[0].type)
    return list(chain.from_iterable(part.to_pylist() if isinstance(part, pa.ChunkedArray) else part for part in parts))


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the values of a column that keeps each distinct one once, as pandas keeps categories."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _holds_strings(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
