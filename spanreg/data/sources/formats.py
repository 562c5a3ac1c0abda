"""Formats of data files, inferred from their suffixes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal, get_args

from spanreg.data.sources.delimited import DIALECTS, read_delimited
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.parquet import read_wanted_columns
from spanreg.data.sources.table import SourceTable, table_of_rows
from spanreg.text.files.json_lines import read_objects
from spanreg.text.files.suffixes import content_suffix

Format = Literal["csv", "tsv", "jsonl", "parquet", "conll"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_SUFFIXES: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",  # many data sets name files of JSON lines so
    ".parquet": "parquet",
    ".conll": "conll",
    ".conllu": "conll",
    ".iob": "conll",
    ".bio": "conll",
}
# A file named .json may also be one array, which only ``datasets`` reads.
TABLE_SUFFIXES: Final = tuple(name for name, form in _SUFFIXES.items() if form != "conll" and name != ".json")
"Suffixes of files with rows and columns."


def format_of(path: Path, layout: DataLayout) -> Format:
    """Return the format of a file, inferred from its suffix and from the layout of the training data.

    The format of the training data comes first if its files have the same suffix: there may be tab-separated CoNLL
    files named ``.tsv``. An unknown suffix means the format of the training data, or JSON lines if that has no files.
    """
    suffix = content_suffix(path)
    own: Format = next((known for known in FORMATS if known == layout.format), "jsonl")
    return own if suffix in layout.suffixes else _SUFFIXES.get(suffix, own)


def read_table(path: Path, form: Format, wanted: Collection[str], label: str) -> SourceTable:
    """Return those of the wanted columns that a file has.

    Args:
        path: the file.
        form: its format; any but ``conll``.
        wanted: the columns to read.
        label: the label column; a Parquet file may have words for its label ids.

    Raises:
        ConfigurationError: the file cannot be read or has another format; the error names the line.
    """
    if form == "parquet":
        return read_wanted_columns(path, wanted, label)
    if form == "jsonl":
        return table_of_rows(read_objects(path), wanted, str(path))
    return read_delimited(path, DIALECTS[form], wanted)
