"""Lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from spanreg.data.base import DatasetReader
from spanreg.data.files import FileReader, rows_to_table
from spanreg.registry import ConfigurationError
from spanreg.text.surrogates import all_encodable


@DatasetReader.register("jsonl")
class Jsonl(FileReader):
    """Files with one JSON object a line, registered as ``jsonl``.

    Keys of the objects are the columns; those that the config does not name may hold anything. Empty lines are passed
    over. For the parameters, see ``FileReader``.

    Raises:
        ConfigurationError: at reading: a line is not a JSON object, named with its number.
    """

    def read_file(self, path: Path) -> pa.Table:
        with path.open(encoding="utf-8") as file:
            return rows_to_table(_objects(file, path), self.wanted, path, self.lists)


def _objects(lines: Iterator[str], path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            problem = f"not JSON: {error}"
            raise ConfigurationError(problem, file=f"{path}:{number}", hint="write one object a line") from None
        if not isinstance(value, dict):
            raise ConfigurationError("not a JSON object", file=f"{path}:{number}", hint='write {"text": "..."}')
        yield all_encodable(value)
