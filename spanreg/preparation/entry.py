"""One entry of the cache of prepared data: a folder with an Arrow file and what is known of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import Dataset
from datasets.table import MemoryMappedTable

from spanreg import storage

logger = logging.getLogger(__name__)

_DATA = "data.arrow"
_FACTS = "facts.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A prepared split as it lies in the cache."""

    dataset: Dataset
    "Memory-mapped."
    facts: dict[str, Any]
    "What was recorded when it was made."


def write_entry(folder: Path, tables: Iterable[pa.Table], facts: Callable[[], dict[str, Any]]) -> None:
    """Writes an entry whole or not at all, in place of an older one; ``facts`` is asked when all tables are written."""
    with storage.whole_folder(folder) as temporary:
        _write_stream(temporary / _DATA, tables)
        recorded = {**facts(), "sha256": storage.hash_file(temporary / _DATA)}
        storage.write_json(temporary / _FACTS, recorded)


def read_entry(folder: Path) -> Entry | None:
    """An entry, or None where there is none or it is damaged."""
    if not folder.is_dir():
        return None
    try:
        facts: dict[str, Any] = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        damaged = facts.pop("sha256") != storage.hash_file(folder / _DATA)
    except (OSError, ValueError, KeyError, AttributeError):
        damaged = True
    if damaged:
        logger.warning("The prepared data in %s are damaged, and made again", folder)
        return None
    table = MemoryMappedTable.from_file(str(folder / _DATA))
    return Entry(Dataset(table, fingerprint=folder.name[:16]), facts)


def _write_stream(path: Path, tables: Iterable[pa.Table]) -> None:
    writer: pa.RecordBatchStreamWriter | None = None
    with pa.OSFile(str(path), "wb") as stream:
        for table in tables:
            writer = writer or pa.ipc.new_stream(stream, table.schema)
            writer.write_table(table)
        if writer:
            writer.close()
