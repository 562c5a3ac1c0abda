"""Files of values between commas."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from spanreg.data.base import DatasetReader
from spanreg.data.files import FileReader, rows_to_table
from spanreg.registry import ConfigurationError


class DelimitedReader(FileReader):
    """Base of the readers of lines whose values a character parts; the first line names the columns.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")`` and set ``delimiter`` and ``quoted``.
    """

    delimiter: ClassVar[str]
    quoted: ClassVar[bool]
    "Whether quotation marks may hold a value together; otherwise they are characters like others."

    def read_file(self, path: Path) -> pa.Table:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return rows_to_table(self._rows(file, path), self.wanted, path, self.lists)

    def _rows(self, file: Iterator[str], path: Path) -> Iterator[dict[str, str]]:
        lines = csv.reader(
            file,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            strict=True,
        )
        names: list[str] | None = None
        try:
            for values in lines:
                if names is None:
                    names = values
                elif values:
                    _check_width(values, names, f"{path}:{lines.line_num}")
                    yield dict(zip(names, values, strict=True))
        except csv.Error as error:
            place = f"{path}:{lines.line_num}"
            raise ConfigurationError(f"cannot be read: {error}", file=place, hint="is a quotation mark open?") from None


@DatasetReader.register("csv")
class Csv(DelimitedReader):
    """Files of values between commas, with quotation marks where needed, registered as ``csv``.

    The first line names the columns. For the parameters, see ``FileReader``.

    Raises:
        ConfigurationError: at reading: a line has another number of values than the first, named with its number.
    """

    delimiter = ","
    quoted = True


def _check_width(values: list[str], names: list[str], where: str) -> None:
    if len(values) != len(names):
        raise ConfigurationError(
            f"{len(values)} values for {len(names)} columns", file=where, hint=f"the columns are {', '.join(names)}"
        )
