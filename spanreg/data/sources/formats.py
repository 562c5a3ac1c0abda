"""Formats of data files, known by the suffixes of their names."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal, get_args

from spanreg.data.sources.delimited import COMMAS, TABS, read_delimited
from spanreg.data.sources.layout import Layout
from spanreg.data.sources.parquet import read_parquet
from spanreg.data.sources.table import SourceTable, table_of_rows
from spanreg.text.files.json_lines import read_objects

Format = Literal["csv", "tsv", "jsonl", "parquet", "conll"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_SUFFIXES: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".conll": "conll",
    ".conllu": "conll",
    ".iob": "conll",
    ".bio": "conll",
}
_PACKED: Final = (".gz", ".zst")


def content_suffix(path: Path) -> str:
    """Return the last suffix of a name that says what the file holds, not how it is packed; maybe an empty one."""
    suffixes = [suffix for suffix in path.suffixes if suffix not in _PACKED]
    return suffixes[-1].lower() if suffixes else ""


def format_of(path: Path, layout: Layout) -> Format:
    """Return the format of a file: that of the training data if these have the same suffix, else what its suffix says.

    Where the suffix says nothing, it is the format of the training data, or JSON lines where that is none of ours.
    """
    suffix = content_suffix(path)
    own: Format = next((known for known in FORMATS if known == layout.format), "jsonl")
    return own if suffix in layout.suffixes else _SUFFIXES.get(suffix, own)


def read_table(path: Path, form: Format, wanted: Collection[str], label: str) -> SourceTable:
    """Return the wanted columns of a file with rows and columns, as far as they are there.

    Args:
        path: the file.
        form: its format; any but ``conll``.
        wanted: the columns to read.
        label: the label column, for words that the file itself gives its label ids.

    Raises:
        ConfigurationError: the file cannot be read, or is not of this format; its line is named where it has lines.
    """
    if form == "parquet":
        return read_parquet(path, wanted, label)
    if form == "jsonl":
        return table_of_rows(read_objects(path), wanted, str(path))
    return read_delimited(path, COMMAS if form == "csv" else TABS, wanted)
