"""Lines of values between commas or tabs, under a first line that names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from spanreg.data.sources.table import SourceTable, table_of_rows
from spanreg.limits import limits
from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import file_blocks


@dataclass(frozen=True, slots=True)
class Dialect:
    """How values are kept apart."""

    delimiter: str
    quoted: bool
    "Whether quotation marks may hold a value together; otherwise they are characters like others."


COMMAS = Dialect(",", quoted=True)
TABS = Dialect("\t", quoted=False)


def read_delimited(path: Path, dialect: Dialect, wanted: Collection[str]) -> SourceTable:
    """Return the wanted columns of a file, plain, ``.gz`` or ``.zst``.

    Raises:
        ConfigurationError: the file cannot be read, or a line has another number of values than the first.
    """
    names, rows = delimited_rows(file_blocks(path, whole_lines=True, longest=limits().line), str(path), dialect)
    table = table_of_rows(rows, wanted, str(path), names)
    return replace(table, typed=False, repeated=repeated_names(names))


def delimited_rows(
    blocks: Iterable[bytes], file: str, dialect: Dialect
) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """Return the names of the columns, and the rows with the number of the line on which each begins.

    Rows lack columns without a name and those that share one. Blank lines are skipped.

    Args:
        blocks: the text, cut after line feeds.
        file: its name, for errors.
        dialect: how values are kept apart.

    Raises:
        ConfigurationError: while rows are read: one has another number of values than there are columns.
    """
    records = _records(blocks, file, dialect)
    _, names = next(records, (1, []))
    repeated = repeated_names(names)
    kept = [(place, name) for place, name in enumerate(names) if name and name not in repeated]

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        for line, values in records:
            if len(values) != len(names):
                problem = f"{len(values)} values for {len(names)} columns"
                raise ConfigurationError(
                    problem, file=f"{file}:{line}", hint=f"the columns are {', '.join(map(_spelt, names))}"
                )
            yield line, {name: values[place] for place, name in kept}

    return names, rows()


def repeated_names(names: Sequence[str]) -> set[str]:
    """Return the names that several columns have; columns without a name are never asked for."""
    return {name for name in names if name and names.count(name) > 1}


def _records(blocks: Iterable[bytes], file: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield the values of each line, or of several that quotation marks hold together, and the first one's number."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    # A line may also end with a carriage return, which the standard library's reader only takes from such streams.
    lines = (line for block in blocks for line in io.StringIO(block.decode(), newline=""))
    csv.field_size_limit(limits().line)  # the module's own limit is 128 KB
    reader = csv.reader(lines, delimiter=dialect.delimiter, quoting=quoting, strict=True)
    line = 1
    try:
        for values in reader:
            if values:
                yield line, values
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "is a quotation mark open?"
        raise ConfigurationError(f"cannot be read: {error}", file=f"{file}:{line}", hint=hint) from None


def _spelt(name: str) -> str:
    return name if name and name == name.strip() else repr(name)
