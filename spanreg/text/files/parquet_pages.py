"""A bound on the memory that a Parquet file's columns expand to, from its pages, without reading their values.

What a file says of itself in its footer may be wrong; the headers of its pages are what a reader goes by. They are in
Thrift's compact protocol: https://github.com/apache/parquet-format, file ``parquet.thrift``.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

WIDTHS: Final = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "BYTE_ARRAY": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
"Bytes of a value in memory by its type in the file; of one of variable length those of its offset."

_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3
_PLAIN, _DELTA_LENGTHS = 0, 6
"Encodings whose pages hold every text in full."
_REFERENCES: Final = (2, 8)
"Encodings whose pages refer to the texts of a dictionary page."
_MOST_ENTRIES: Final = 1_000_000
"Entries of dictionary pages that are looked at, in all columns together; they take a tenth of a second."


class _Unknown(Exception):
    """The pages do not say what they expand to."""


class _Page(NamedTuple):
    kind: int
    size: int
    "Bytes without compression."
    values: int
    encoding: int
    content: slice
    "Where it is in the file."


def expansion_bound(path: Path, metadata: pq.FileMetaData, names: Sequence[str], most: int) -> int | None:
    """Return a number of bytes that the columns do not exceed in memory; None where the pages do not give one.

    Args:
        path: the file.
        metadata: its footer.
        names: the columns.
        most: a page that takes more bytes is not looked into.
    """
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _Walk(content, metadata, most).bound(names)
    except (_Unknown, IndexError, KeyError, TypeError, ValueError, OSError, pa.ArrowException):
        return None


class _Walk:
    """Look at the pages of some columns."""

    def __init__(self, content: mmap.mmap, metadata: pq.FileMetaData, most: int) -> None:
        self._content, self._metadata, self._most = content, metadata, most
        self._entries = 0

    def bound(self, names: Sequence[str]) -> int:
        size = 0
        for group in range(self._metadata.num_row_groups):
            for number in range(self._metadata.num_columns):
                chunk = self._metadata.row_group(group).column(number)
                if chunk.path_in_schema.partition(".")[0] in names:
                    width = WIDTHS.get(chunk.physical_type) or self._metadata.schema.column(number).length
                    size += self._chunk(chunk, width)
        return size

    def _chunk(self, chunk: pq.ColumnChunkMetaData, width: int) -> int:
        at = chunk.data_page_offset
        if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < at:
            at = chunk.dictionary_page_offset
        end = at + chunk.total_compressed_size
        size = longest = 0
        while at < end:
            page = self._page(at)
            at = page.content.stop
            size += page.size + page.values * width
            if chunk.physical_type != "BYTE_ARRAY":
                continue
            if page.kind == _DICTIONARY:
                longest = max(longest, self._longest(page, chunk.compression))
            elif page.encoding in _REFERENCES:
                size += page.values * longest
            elif page.encoding not in (_PLAIN, _DELTA_LENGTHS):
                raise _Unknown
        return size

    def _page(self, at: int) -> _Page:
        header, at = _struct(self._content, at)
        kind = header[1]
        own = header[{_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}[kind]]
        encoding = own[4 if kind == _DATA_V2 else 2]
        return _Page(kind, header[2], own[1], encoding, slice(at, at + header[3]))

    def _longest(self, page: _Page, compression: str) -> int:
        """Return the bytes of the longest text of a dictionary page."""
        self._entries += page.values
        if self._entries > _MOST_ENTRIES or page.size > self._most:
            raise _Unknown
        content = self._content[page.content]
        if compression != "UNCOMPRESSED":
            codec = "lz4_raw" if compression == "LZ4" else compression.lower()
            content = pa.decompress(content, page.size, codec, asbytes=True)
        at = longest = 0
        while at < len(content):
            length = int.from_bytes(content[at : at + 4], "little")
            longest = max(longest, length)
            at += 4 + length
        return longest


def _struct(content: mmap.mmap, at: int) -> tuple[dict[int, Any], int]:
    """Return the fields of a struct by their numbers, and where it ends."""
    fields, number = dict[int, Any](), 0
    while kind := content[at] & 15:
        delta = content[at] >> 4
        at += 1
        if delta:
            number += delta
        else:
            number, at = _integer(content, at)
        fields[number], at = _value(content, at, kind)
    return fields, at + 1


def _value(content: mmap.mmap, at: int, kind: int) -> tuple[Any, int]:
    if kind in (1, 2):
        return kind == 1, at
    if kind == 3:
        return content[at], at + 1
    if kind in (4, 5, 6):
        return _integer(content, at)
    if kind == 7:
        return None, at + 8
    if kind == 8:
        length, at = _varint(content, at)
        return None, at + length
    if kind == 12:
        return _struct(content, at)
    raise _Unknown  # lists, sets and maps are in no header


def _integer(content: mmap.mmap, at: int) -> tuple[int, int]:
    value, at = _varint(content, at)
    return value >> 1 ^ -(value & 1), at


def _varint(content: mmap.mmap, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise _Unknown
