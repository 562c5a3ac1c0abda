"""Comma- and tab-separated values, with column names in the first line."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from spanreg.data.sources.table import SourceTable, table_of_rows
from spanreg.limits import limits
from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import file_blocks


@dataclass(frozen=True, slots=True)
class DelimitedDialect:
    """Separator and quoting of a format.

    Example: ``read_delimited(path, DelimitedDialect(";", quoted=True), ["text", "label"])``.
    """

    delimiter: str
    quoted: bool
    "Whether a value may be enclosed in quotation marks; otherwise they have no special meaning."


# Quotation marks are common in texts, and files of tabs are often written without any quoting, as GLUE's own are.
DIALECTS: Final = {"csv": DelimitedDialect(",", quoted=True), "tsv": DelimitedDialect("\t", quoted=False)}


def read_delimited(path: Path, dialect: DelimitedDialect, wanted: Collection[str]) -> SourceTable:
    """Return the wanted columns of a file, plain, ``.gz`` or ``.zst``.

    Raises:
        ConfigurationError: the file cannot be read, or a line has another number of values than the first.
    """
    names, rows = delimited_rows(file_blocks(path, whole_lines=True, longest=limits().line), str(path), dialect)
    table = table_of_rows(rows, wanted, str(path), names)
    return replace(table, typed=False, repeated=repeated_names(names))


def delimited_rows(
    blocks: Iterable[bytes], file: str, dialect: DelimitedDialect
) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """Return the names of the columns, and an iterator of line numbers and rows.

    Columns without a name and columns with the same name are left out of the rows. Blank lines are skipped.

    Args:
        blocks: the text, split after line feeds.
        file: name of the file in errors.
        dialect: separator and quoting.

    Raises:
        ConfigurationError: from the iterator: a row has another number of values than there are columns.
    """
    records = _records(blocks, file, dialect)
    _, names = next(records, (1, []))  # an empty file has no columns, which ``require`` reports
    repeated = repeated_names(names)
    kept = [(place, name) for place, name in enumerate(names) if name and name not in repeated]

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        for line, values in records:
            if len(values) != len(names):
                problem = (
                    f"{len(values)} value{'s' * (len(values) != 1)} for {len(names)} column{'s' * (len(names) != 1)}"
                )
                # Quotation marks show empty names and blanks at the ends of names, which cause such errors.
                shown = ", ".join(name if name and name == name.strip() else repr(name) for name in names)
                raise ConfigurationError(problem, file=f"{file}:{line}", hint=f"the columns are {shown}")
            yield line, {name: values[place] for place, name in kept}

    return names, rows()


def repeated_names(names: Sequence[str]) -> set[str]:
    """Return the names that several columns have; columns without a name do not count."""
    return {name for name in names if name and names.count(name) > 1}


def _records(blocks: Iterable[bytes], file: str, dialect: DelimitedDialect) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the values of each row; with quotation marks a row may have several lines."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    # A line may also end with a lone carriage return. newline="" keeps it, and csv.reader splits there.
    lines = (line for block in blocks for line in io.StringIO(block.decode(), newline=""))
    csv.field_size_limit(limits().line)  # in place of the module's default of 128 KB
    # Strict, because otherwise an open quotation mark is no error, and the rest of the file becomes one value.
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
