"""Upper bound of the memory of a Parquet file's columns, from the headers of its pages.

The footer of a file may be wrong, but readers rely on the headers of its pages, so these are checked. They are encoded
in Thrift's compact protocol: https://github.com/apache/parquet-format, file ``parquet.thrift``.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

WIDTHS: Final = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "BYTE_ARRAY": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
"Size of a value in memory, in bytes, by its type in the file; for texts the size of an offset."

_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3
_PLAIN, _DELTA_LENGTHS = 0, 6
"Encodings whose pages contain every text in full."
_REFERENCES: Final = (2, 8)
"Encodings whose pages refer to the texts of a dictionary page."
_MOST_ENTRIES: Final = 1_000_000
"Largest number of entries of dictionary pages to read, in all columns; reading them takes a tenth of a second."


class _UnknownSizeError(Exception):
    """The pages do not give a bound."""


class _Page(NamedTuple):
    """The header of a page."""

    kind: int
    "Type of the page: ``_DATA``, ``_DICTIONARY`` or ``_DATA_V2``."
    size: int
    "Size without compression, in bytes."
    values: int
    "Number of values."
    encoding: int
    "Number of the encoding of the values."
    content: slice
    "Place of the compressed content in the file."


def expansion_bound(path: Path, metadata: pq.FileMetaData, names: Sequence[str], most: int) -> int | None:
    """Return an upper bound of the memory of columns, in bytes; None if the pages do not give one.

    Args:
        path: the file.
        metadata: its footer.
        names: the columns.
        most: largest size of a dictionary page to decompress, in bytes.
    """
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _PageWalk(content, metadata, most).bound(names)
    # The headers of a damaged file may be anything; without a bound, the rows are counted while they are read.
    except (_UnknownSizeError, IndexError, KeyError, TypeError, ValueError, OSError, pa.ArrowException):
        return None


class _PageWalk:
    """One pass over the pages of some columns."""

    def __init__(self, content: mmap.mmap, metadata: pq.FileMetaData, most: int) -> None:
        self._content, self._metadata, self._most = content, metadata, most
        self._entries = 0  # of all dictionary pages that were read

    def bound(self, names: Sequence[str]) -> int:
        """Return an upper bound of the memory of columns, in bytes."""
        size = 0
        for group in range(self._metadata.num_row_groups):
            for number in range(self._metadata.num_columns):
                chunk = self._metadata.row_group(group).column(number)
                if chunk.path_in_schema.partition(".")[0] in names:
                    width = WIDTHS.get(chunk.physical_type) or self._metadata.schema.column(number).length
                    size += self._chunk(chunk, width)
        return size

    def _chunk(self, chunk: pq.ColumnChunkMetaData, width: int) -> int:
        """Return an upper bound of the memory of one column in one row group."""
        # The dictionary page comes first where there is one. Some writers record the offset 0 for a missing one.
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
            # Every value may refer to the longest text: a bound, not an estimate.
            elif page.encoding in _REFERENCES:
                size += page.values * longest
            elif page.encoding not in (_PLAIN, _DELTA_LENGTHS):
                raise _UnknownSizeError
        return size

    def _page(self, at: int) -> _Page:
        # Fields of PageHeader: 1 type, 2 and 3 size without and with compression, 5, 7 and 8 the header of that type.
        # Their fields: 1 number of values, 2 encoding; in version 2 of data pages the encoding is field 4.
        header, at = _read_struct(self._content, at)
        kind = header[1]
        own = header[{_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}[kind]]
        encoding = own[4 if kind == _DATA_V2 else 2]
        return _Page(kind, header[2], own[1], encoding, slice(at, at + header[3]))

    def _longest(self, page: _Page, compression: str) -> int:
        """Return the size of the longest text of a dictionary page, in bytes."""
        self._entries += page.values
        if self._entries > _MOST_ENTRIES or page.size > self._most:
            raise _UnknownSizeError
        content = self._content[page.content]
        if compression != "UNCOMPRESSED":
            codec = "lz4_raw" if compression == "LZ4" else compression.lower()
            content = pa.decompress(content, page.size, codec, asbytes=True)
        # The encoding PLAIN: each text follows its length, in four bytes.
        at = longest = 0
        while at < len(content):
            length = int.from_bytes(content[at : at + 4], "little")
            longest = max(longest, length)
            at += 4 + length
        return longest


def _read_struct(content: mmap.mmap, at: int) -> tuple[dict[int, Any], int]:
    """Return the fields of a struct by their numbers, and the offset of its end."""
    fields, number = dict[int, Any](), 0
    # A byte has the type of a field, and the distance from the number of the field before; 0 means that the number
    # follows. A zero byte ends the struct.
    while kind := content[at] & 15:
        delta = content[at] >> 4
        at += 1
        if delta:
            number += delta
        else:
            number, at = _read_integer(content, at)
        fields[number], at = _read_value(content, at, kind)
    return fields, at + 1


def _read_value(content: mmap.mmap, at: int, kind: int) -> tuple[Any, int]:
    """Return a value of the compact protocol, and the offset of its end; None for values of types that are not used."""
    if kind in (1, 2):  # true and false
        return kind == 1, at
    if kind == 3:  # a byte
        return content[at], at + 1
    if kind in (4, 5, 6):  # integers of 16, 32 and 64 bits
        return _read_integer(content, at)
    if kind == 7:  # a double
        return None, at + 8
    if kind == 8:  # a string
        length, at = _read_varint(content, at)
        return None, at + length
    if kind == 12:
        return _read_struct(content, at)
    raise _UnknownSizeError  # the headers of pages have no lists, sets or maps


def _read_integer(content: mmap.mmap, at: int) -> tuple[int, int]:
    # Zigzag encoding: 0, -1, 1, -2, ... are stored as 0, 1, 2, 3, ...
    value, at = _read_varint(content, at)
    return value >> 1 ^ -(value & 1), at


def _read_varint(content: mmap.mmap, at: int) -> tuple[int, int]:
    # Seven bits of the number in each byte, the lowest first; the upper bit says that another byte follows.
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        # A damaged file may have any number of continuation bytes.
        if shift > 63:
            raise _UnknownSizeError
