"""Parquet files: reading them whole or in batches, and rejecting those that expand too far."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.limits import ALWAYS_FINE, limited
from spanreg.registry import ConfigurationError
from spanreg.text.files import parquet
from spanreg.text.files.parquet import parquet_batches, read_parquet
from spanreg.text.files.parquet_pages import expansion_bound

MEGABYTE = "ab " * 350_000


def example_table(count: int = 3000) -> pa.Table:
    """Return a table with columns of the types that occur in datasets and dictionaries."""
    chosen = random.Random(7)
    words = [f"wörter {chosen.randrange(500)}" * chosen.randrange(4) for _ in range(count)]
    columns: dict[str, Any] = {
        "text": [None if row % 97 == 0 else word for row, word in enumerate(words)],
        "large": pa.array(words, pa.large_string()),
        "category": pa.array(words).dictionary_encode(),
        "bytes": [word.encode() for word in words],
        "tokens": [word.split() for word in words],
        "label": np.arange(count) % 3,
        "score": np.linspace(0, 1, count),
        "flag": np.arange(count) % 2 == 0,
    }
    return pa.table(columns).replace_schema_metadata({"about": "this"})


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("use_dictionary", [True, False])
def test_a_table_is_read_as_it_was_written(
    tmp_path: Path, compression: str, version: str, use_dictionary: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.parquet"
    options = {"row_group_size": 1000, "data_page_size": 2000, "data_page_version": version}
    pq.write_table(example_table(), path, compression=compression, use_dictionary=use_dictionary, **options)
    expected = pq.read_table(path)
    expected = expected.set_column(2, "category", expected["category"].cast(pa.string()))
    metadata = pq.read_metadata(path)
    bound = expansion_bound(path, metadata, expected.schema.names, ALWAYS_FINE)
    assert bound is not None
    assert bound >= expected.nbytes - 200_000  # validity and the offsets of lists are not counted
    quick = read_parquet(path)
    monkeypatch.setattr(parquet, "expansion_bound", lambda *_: None)
    monkeypatch.setattr(parquet, "_PIECE_BYTES", 5000)
    counted = read_parquet(path)
    for table in (quick, counted):
        assert table.equals(expected)
        assert table.schema.metadata == {b"about": b"this"}
    selected = pa.Table.from_batches(list(parquet_batches(path, ["label", "absent", "text"], 100)))
    assert selected.equals(expected.select(["label", "text"]).cast(selected.schema))


def test_empty_tables_and_absent_columns_are_read(tmp_path: Path) -> None:
    pq.write_table(example_table(0), tmp_path / "x.parquet")
    assert read_parquet(tmp_path / "x.parquet").schema.names == example_table(0).schema.names
    assert list(parquet_batches(tmp_path / "x.parquet", ["absent"])) == []


def write_repeated(path: Path, table: pa.Table, times: int, **options: Any) -> Path:
    """Write a file with the table repeated, and return its path."""
    with pq.ParquetWriter(path, table.schema, dictionary_pagesize_limit=1 << 30, **options) as writer:
        for _ in range(times):
            writer.write_table(table)
    return path


BOMBS: dict[str, Callable[[Path], Path]] = {
    "one text again and again": lambda path: write_repeated(
        path, pa.table({"text": [MEGABYTE] * 500}), 40, compression="zstd"
    ),
    "compressed pages": lambda path: write_repeated(
        path, pa.table({"text": pa.repeat(MEGABYTE, 100)}), 1, compression="zstd", use_dictionary=False
    ),
    "shared prefixes": lambda path: write_repeated(
        path,
        pa.table({"text": [f"{MEGABYTE}{row}" for row in range(100)]}),
        1,
        use_dictionary=False,
        column_encoding={"text": "DELTA_BYTE_ARRAY"},
    ),
    "a run of numbers": lambda path: write_repeated(
        path, pa.table({"text": pa.array(np.zeros(10_000_000, np.int64))}), 2
    ),
    "texts in lists": lambda path: write_repeated(path, pa.table({"text": [[MEGABYTE] * 10] * 50}), 4),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_rejected(tmp_path: Path, kind: str) -> None:
    path = BOMBS[kind](tmp_path / "bomb.parquet")
    assert path.stat().st_size < 1 << 20
    for read in (read_parquet, lambda path: list(map(len, parquet_batches(path)))):
        with pytest.raises(ConfigurationError) as caught:
            read(path)
        assert str(caught.value) == (
            f"{path}: expands to more than 250 times its size. if it is right, allow more: --limit expansion=N"
        )


def test_the_command_line_may_allow_more(tmp_path: Path) -> None:
    path = write_repeated(tmp_path / "x.parquet", pa.table({"text": pa.repeat(MEGABYTE, 100)}), 1)
    with pytest.raises(ConfigurationError, match="expands to more"):
        read_parquet(path)
    with limited(["expansion=100K"]):
        assert read_parquet(path).num_rows == 100


def test_unreadable_pages_give_no_bound(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(example_table(), path)
    metadata, names = pq.read_metadata(path), example_table(0).schema.names
    content = path.read_bytes()
    for place in range(4, 2000, 31):
        path.write_bytes(content[:place] + b"\xff" * 16 + content[place + 16 :])
        expansion_bound(path, metadata, names, ALWAYS_FINE)  # raises nothing
    path.write_bytes(content[:200])
    assert expansion_bound(path, metadata, names, ALWAYS_FINE) is None
