"""Limits on the expansion of compressed files that are read by other packages."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa

from spanreg.limits import largest, limits
from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import expands_too_far, unreadable, zstd_chunks
from spanreg.text.files.parquet import require_bounded_parquet

_CHUNK_BYTES: Final = 1 << 20
_LZMA_MEMORY: Final = 1 << 28
"Memory that the decoder may use, in bytes; the header of a file can ask for up to 4 GB."
_HEAD_BYTES: Final = 8
"Number of bytes by which formats are recognized; the longest mark has 6."
# The standard library cannot decompress the first three, and Arrow files compress their buffers one by one. pandas and
# ``datasets`` open all of them, so a file of theirs is rejected and not just passed on.
_NOT_MEASURED: Final = {
    b"\x04\x22M\x18": "lz4",
    b"Rar!\x1a\x07": "rar",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "arrow",
}
"Formats whose expansion is not measured, by their first bytes."


def require_bounded(path: Path) -> None:
    """Raise an error if a file, or any file below a folder, expands to more than the command's limit.

    Formats are recognized by the first bytes and not by the name, as in the packages that read the files.

    Raises:
        ConfigurationError: a file expands too far, is damaged, or has a format that cannot be measured.
    """
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            state = file.stat()
            _require_bounded(file, state.st_size, state.st_mtime_ns, limits().expansion)


@cache
def _require_bounded(path: Path, size: int, changed: int, expansion: int) -> None:
    """Check one file; the result is cached until its size or time of change differs."""
    most = largest(size, expansion)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            file.seek(0)
            if head.startswith(b"PAR1"):
                require_bounded_parquet(path)
                return
            unpacked = sum_until(_unpacked_sizes(head, file, path), most)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowException) as error:
        raise unreadable(path, error) from error
    if unpacked > most:
        raise expands_too_far(path, expansion)


def sum_until(sizes: Iterator[int], most: int) -> int:
    """Return the sum of sizes; the rest is skipped once the sum exceeds ``most``."""
    total = 0
    for size in sizes:
        total += size
        if total > most:
            break
    return total


def _unpacked_sizes(head: bytes, file: IO[bytes], path: Path) -> Iterator[int]:
    """Yield the sizes of a file's decompressed parts; no sizes for a file that is not compressed."""
    for magic, kind in _NOT_MEASURED.items():
        if head.startswith(magic):
            hint = "convert it to Parquet, or to JSON lines, plain or as .gz"
            raise ConfigurationError(f"the expansion of {kind} files cannot be checked", file=str(path), hint=hint)
    if head.startswith(b"PK"):
        with zipfile.ZipFile(file) as archive:
            # The sizes in the directory can be trusted: readers stop at the size that it declares.
            yield from (member.file_size for member in archive.infolist())
        return
    for magic, chunks in _UNPACKERS.items():
        if head.startswith(magic):
            yield from map(len, chunks(file, path))


def _chunks_of(opened: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of an open file in chunks, so that no more than one is in memory."""
    with opened:
        yield from iter(lambda: opened.read(_CHUNK_BYTES), b"")


def _xz_chunks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    decoder: Any = None
    packed = b""
    while packed := packed or file.read(_CHUNK_BYTES // 16):
        # Output is limited to one chunk at a time, so that a bomb does not expand inside of the decoder.
        decoder = decoder or lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)
        yield decoder.decompress(packed, _CHUNK_BYTES)
        while not decoder.eof and not decoder.needs_input:
            yield decoder.decompress(b"", _CHUNK_BYTES)
        packed = decoder.unused_data if decoder.eof else b""
        decoder = None if decoder.eof else decoder


_UNPACKERS: Final[dict[bytes, Callable[[IO[bytes], Path], Iterator[bytes]]]] = {
    b"\x1f\x8b": lambda file, path: _chunks_of(gzip.GzipFile(fileobj=file)),  # type: ignore[arg-type]
    b"BZh": lambda file, path: _chunks_of(bz2.BZ2File(file)),
    b"\xfd7zXZ\x00": _xz_chunks,
    b"\x28\xb5\x2f\xfd": zstd_chunks,
}
"Functions that yield the decompressed chunks of a file, by its first bytes."
