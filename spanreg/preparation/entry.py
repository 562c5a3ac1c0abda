"""Entry of the cache of prepared data: a folder with an Arrow file and facts about it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import Dataset
from datasets.table import MemoryMappedTable

from spanreg import storage
from spanreg.registry import ConfigurationError

logger = logging.getLogger(__name__)

_DATA = "data.arrow"
_FACTS = "facts.json"


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A prepared split in the cache.

    ``read_entry(folder).facts["labelled"]``
    """

    dataset: Dataset
    "The rows, memory-mapped."
    facts: dict[str, Any]
    "Values recorded when the entry was written."


def write_entry(folder: Path, tables: Iterable[pa.Table], facts: Callable[[], dict[str, Any]]) -> None:
    """Write an entry, completely or not at all; an older one is replaced.

    Args:
        folder: the folder of the entry.
        tables: the rows, written one table at a time.
        facts: returns the facts; called after all tables are written.
    """
    with storage.whole_folder(folder) as temporary:
        _write_stream(temporary / _DATA, tables)
        storage.write_json(temporary / _FACTS, facts())
        storage.write_manifest(temporary, storage.record_files(temporary, (_DATA, _FACTS)))


def read_entry(folder: Path) -> CacheEntry | None:
    """Return an entry; None if it does not exist or is damaged."""
    if not folder.is_dir():
        return None
    try:
        files = storage.VerifiedFolder(folder)
        if files.manifest is None or {*files.manifest.names()} != {_DATA, _FACTS}:
            raise storage.damaged(folder / storage.MANIFEST, "is missing")
        files.verify()
        facts = files.read_object(_FACTS)
    except ConfigurationError as error:
        logger.warning("The prepared data in %s is damaged and is prepared again: %s", folder, error)
        return None
    table = MemoryMappedTable.from_file(str(folder / _DATA))
    # The key of the entry is its fingerprint, so that datasets need not compute one from the table.
    return CacheEntry(Dataset(table, fingerprint=folder.name[:16]), facts)


def _write_stream(path: Path, tables: Iterable[pa.Table]) -> None:
    """Write tables of one schema as an Arrow stream, which datasets can map into memory."""
    # The first table has the schema; a split is never empty (see prepare).
    writer: pa.RecordBatchStreamWriter | None = None
    with pa.OSFile(str(path), "wb") as stream:
        for table in tables:
            writer = writer or pa.ipc.new_stream(stream, table.schema)
            writer.write_table(table)
        if writer:
            writer.close()
