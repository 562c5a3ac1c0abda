"""Text files, also packed ones, as blocks of valid UTF-8 that never cut a word."""

from __future__ import annotations

import gzip
import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from spanreg.registry import ConfigurationError

BLOCK_BYTES: Final = 1 << 20


def file_blocks(
    path: Path, on_read: Callable[[int], None] = lambda size: None, *, whole_lines: bool = False
) -> Iterator[bytes]:
    """The text of a file in blocks; ``.gz`` and ``.zst`` are unpacked on the way. See ``text_blocks``.

    Args:
        path: the file.
        on_read: told how many bytes of the file itself were read since the last time.
        whole_lines: whether blocks end with line feeds only.
    """
    return text_blocks(_file_chunks(path, on_read), str(path), whole_lines=whole_lines)


def text_blocks(chunks: Iterable[bytes], name: str, *, whole_lines: bool = False) -> Iterator[bytes]:
    """Cuts text anew, so that blocks end with a line feed or, in a long line, with a space, and no word is cut.

    A chunk without either is held back until one comes. The last block ends with a line feed, also where the text does
    not; of no text there are no blocks.

    Args:
        chunks: the text, cut anywhere.
        name: what to call it in an error.
        whole_lines: whether blocks end with line feeds only.

    Raises:
        ConfigurationError: the text is not UTF-8; names line and byte offset.
    """
    offset, line, held, ended = 0, 1, [b""], True
    for chunk in chunks:
        cut = 1 + max(chunk.rfind(b"\n"), -1 if whole_lines else chunk.rfind(b" "))
        if not cut:
            held.append(chunk)
            continue
        block = b"".join([*held, chunk[:cut]])
        held = [chunk[cut:]]
        _check_utf8(block, name, offset, line)
        yield block
        offset += len(block)
        line += block.count(b"\n")
        ended = block.endswith(b"\n")
    rest = b"".join(held)
    _check_utf8(rest, name, offset, line)
    if rest or not ended:
        yield rest + b"\n"


def _check_utf8(block: bytes, name: str, offset: int, line: int) -> None:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start)
        problem = f"line {at} is not UTF-8: byte 0x{block[error.start]:02x} at byte offset {offset + error.start}"
        raise ConfigurationError(problem, hint="convert the file to UTF-8", file=name) from error


def _file_chunks(path: Path, on_read: Callable[[int], None]) -> Iterator[bytes]:
    """The bytes of a file, unpacked by its suffix.

    Raises:
        ConfigurationError: the file cannot be opened or read, is damaged, or needs a package that is not installed.
    """
    unpack = {".gz": _gzip_chunks, ".zst": _zstd_chunks}.get(path.suffix, _plain_chunks)
    try:
        with path.open("rb") as file:
            at = 0
            for chunk in unpack(file, path):
                on_read(file.tell() - at)
                at = file.tell()
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"cannot be read: {reason}", hint="Is it damaged?", file=str(path)) from error


def _plain_chunks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    return iter(lambda: file.read(BLOCK_BYTES), b"")


def _gzip_chunks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as unpacked:
        while chunk := unpacked.read(BLOCK_BYTES):
            yield chunk


def _zstd_chunks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Frame after frame. The package's own readers take a file that ends too early for a whole one."""
    zstandard = _zstandard(path)
    frame = None
    packed = b""
    try:
        while packed := packed or file.read(BLOCK_BYTES // 4):
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(packed)
            packed = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    except zstandard.ZstdError as error:
        raise ConfigurationError(f"cannot be read: {error}", hint="Is it damaged?", file=str(path)) from error
    if frame is not None:
        raise EOFError("the compressed data end too early")


def _zstandard(path: Path) -> Any:
    try:
        return importlib.import_module("zstandard")
    except ModuleNotFoundError as error:
        hint = "install the extra: pip install 'spanreg[zstd]'"
        raise ConfigurationError("reading .zst needs the package zstandard", hint=hint, file=str(path)) from error
