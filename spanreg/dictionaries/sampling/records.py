"""Corpora of records with a text field: JSON lines and Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from spanreg.dictionaries.sampling.reading import PARAGRAPH_END
from spanreg.registry import ConfigurationError, suggest
from spanreg.text.files.json_lines import parse_json_line
from spanreg.text.files.parquet import parquet_batches, unreadable_parquet
from spanreg.text.files.suffixes import content_suffix
from spanreg.text.surrogates import encodable

JSON_LINES: Final = "jsonl"
PARQUET: Final = "parquet"
_KINDS: Final = {".jsonl": JSON_LINES, ".ndjson": JSON_LINES, ".parquet": PARQUET}

_ROWS: Final = 1024
"Number of rows of a Parquet file that become one block."


def record_kind(path: Path) -> str:
    """Return the kind of records in a file, by its suffix; empty for plain text."""
    return _KINDS.get(content_suffix(path), "")


def record_blocks(
    path: Path, kind: str, field: str, lines: Iterable[bytes], on_read: Callable[[int], None]
) -> Iterator[bytes]:
    """Yield blocks of the records' texts, each a document on its own line.

    Args:
        path: the file.
        kind: result of ``record_kind``.
        field: field of the text, which may be null.
        lines: text of the file in blocks of whole lines; unused for Parquet.
        on_read: called with the number of bytes of a Parquet file that were read since the last call.

    Raises:
        ConfigurationError: a line is not JSON, or a record has no text in that field.
    """
    return _parquet_blocks(path, field, on_read) if kind == PARQUET else _json_blocks(path, field, lines)


def documents(texts: Iterable[str | None]) -> bytes:
    """Return a block for ``sample_ngrams``, with each text as a document; lone surrogates become U+FFFD."""
    # A line feed within a text ends a paragraph and not the document, but no n-gram crosses either.
    lines = [(text or "").replace("\n", PARAGRAPH_END.decode()) for text in texts]
    block = "\n".join([*lines, ""])  # ends with a line feed, so that no n-gram crosses to the next block
    # Encoding fails for lone surrogates only. They are rare, so that most texts need not be searched for them.
    try:
        return block.encode()
    except UnicodeEncodeError:
        return encodable(block).encode()


def _json_blocks(path: Path, field: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
    number = 0
    for block in blocks:
        texts = []
        for line in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            if line.strip():
                texts.append(_text_of(line, number, field, path))
        yield documents(texts)


def _text_of(line: bytes, number: int, field: str, path: Path) -> str | None:
    record = parse_json_line(line, f"{path}:{number}")
    if field not in record:
        hint = f"{suggest(field, record, 'keys')}; set text_field to the field of the text"
        raise ConfigurationError(f"has no '{field}'", hint=hint, file=f"{path}:{number}")
    text = record[field]
    if text is not None and not isinstance(text, str):
        hint = "set text_field to the field of the text"
        raise ConfigurationError(f"has no text in '{field}'", hint=hint, file=f"{path}:{number}")
    return text


def _parquet_blocks(path: Path, field: str, on_read: Callable[[int], None]) -> Iterator[bytes]:
    try:
        with pq.ParquetFile(path) as file:
            # Checked here, because ``parquet_batches`` ignores unknown names.
            _require_strings(file.schema_arrow, field, path)
            size, rows = path.stat().st_size, max(file.metadata.num_rows, 1)
        for batch in parquet_batches(path, [field], _ROWS):
            on_read(size * batch.num_rows // rows)  # an estimate, for the progress
            yield documents(batch.column(0).to_pylist())
    except (OSError, pa.ArrowException) as error:
        raise unreadable_parquet(path, error) from error


def _require_strings(schema: pa.Schema, field: str, path: Path) -> None:
    if field not in schema.names:
        hint = f"{suggest(field, schema.names, 'columns')}; set text_field to the column of the text"
        raise ConfigurationError(f"has no column '{field}'", hint=hint, file=str(path))
    if schema.names.count(field) > 1:
        problem = f"several columns are called '{field}'"
        raise ConfigurationError(problem, hint="give each column a different name", file=str(path))
    kind = schema.field(field).type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        problem = f"the column '{field}' has the type {kind}, expected strings"
        raise ConfigurationError(problem, hint="set text_field to the column of the text", file=str(path))
