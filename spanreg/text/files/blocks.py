"""Text files, plain or compressed, as blocks of valid UTF-8 that end between words."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Final

import numpy as np
import pyarrow as pa

from spanreg.limits import largest, limits, spell_bytes
from spanreg.packages import import_package
from spanreg.registry import ConfigurationError
from spanreg.text.files.encoding import without_mark

BLOCK_BYTES: Final = 1 << 22
"Number of bytes to read at a time: large enough that the fixed cost of a block does not show."

# One compressed byte may expand to 32 KiB, so that a piece of this size may become 256 MiB.
_ZSTD_BYTES: Final = 1 << 13
"Number of compressed bytes to read at a time."


def file_blocks(
    path: Path,
    on_read: Callable[[int], None] = lambda size: None,
    *,
    whole_lines: bool = False,
    replace: bool = False,
    max_expansion: int | None = None,
    longest: int | None = None,
) -> Iterator[bytes]:
    """Return the text of a file in blocks, as ``text_blocks``; ``.gz`` and ``.zst`` are decompressed.

    Args:
        path: the file.
        on_read: called with the number of bytes of the file that were read since the last call.
        whole_lines: whether blocks end with line feeds only.
        replace: whether to replace invalid UTF-8 by U+FFFD.
        max_expansion: largest ratio of the text's size to that of a compressed file; default: the command's limit.
        longest: largest number of bytes of a line; default: the command's limit on documents.

    Raises:
        ConfigurationError: the file cannot be read, is damaged or not UTF-8, expands too far, or has too long a line.
    """
    chunks = _joined_chunks(_file_chunks(path, on_read, max_expansion or limits().expansion))
    return text_blocks(chunks, str(path), whole_lines=whole_lines, replace=replace, longest=longest)


def byte_lines(path: Path, on_read: Callable[[int], None] = lambda size: None) -> Iterator[bytes]:
    """Yield the lines of a file, plain, ``.gz`` or ``.zst``, without their line feeds and not decoded.

    Unlike with ``file_blocks``, the lines before one with invalid UTF-8 can be processed.

    Raises:
        ConfigurationError: the file cannot be read, is damaged, or is in UTF-16 or UTF-32; or a line exceeds the
            command's limit.
    """
    _, chunks = without_mark(_file_chunks(path, on_read, limits().expansion), str(path))
    # Collected in a list and joined once: adding to a bytes object would copy a long line with every chunk.
    most, number = limits().line, 1
    held: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        held.append(first)
        for line in [*others, None]:
            if sum(map(len, held)) > most:
                raise line_too_long(f"{path}:{number}", most)
            if line is not None:
                yield b"".join(held)
                held, number = [line], number + 1
    if last := b"".join(held):
        yield last


def text_blocks(
    chunks: Iterable[bytes],
    name: str,
    *,
    whole_lines: bool = False,
    replace: bool = False,
    longest: int | None = None,
) -> Iterator[bytes]:
    """Yield text in blocks that end with a line feed or, within a long line, with a space, so that no word is split.

    A chunk without either is kept until one is found. The last block ends with a line feed even if the text does not;
    an empty text has no blocks. A byte order mark at the start is left out.

    Args:
        chunks: the text, divided anywhere.
        name: name of the text in errors.
        whole_lines: whether blocks end with line feeds only.
        replace: whether to replace invalid UTF-8 by U+FFFD.
        longest: largest number of bytes of a line, or of a word if lines may be split; default: the command's limit on
            documents.

    Raises:
        ConfigurationError: the text is in UTF-16 or UTF-32, has invalid UTF-8, or has too long a line; the error has
            the line and the byte offset.
    """
    most = longest or limits().document
    limit = "line" if longest else "document"  # the name of the limit, for the hint
    offset, text = without_mark(chunks, name)
    line, held, ended = 1, [b""], True  # held in a list, as in byte_lines: adding would copy a long line every time
    for chunk in text:
        cut = 1 + max(chunk.rfind(b"\n"), -1 if whole_lines else chunk.rfind(b" "))
        if not cut:
            held.append(chunk)
            if sum(map(len, held)) > most:
                raise line_too_long(f"{name}:{line}", most, limit)
            continue
        block = b"".join([*held, chunk[:cut]])
        held = [chunk[cut:]]
        if whole_lines:
            _refuse_long_lines(block, name, line, most, limit)
        yield _with_replacements(block) if replace else _require_utf8(block, name, offset, line)
        offset += len(block)
        line += block.count(b"\n")
        ended = block.endswith(b"\n")
    rest = b"".join(held)
    if len(rest) > most:
        raise line_too_long(f"{name}:{line}", most, limit)
    rest = _with_replacements(rest) if replace else _require_utf8(rest, name, offset, line)
    if rest or not ended:
        yield rest + b"\n"


def line_too_long(where: str, most: int, limit: str = "line") -> ConfigurationError:
    """Return the error for a line that is longer than a limit."""
    hint = f"shorten it, or allow more: --limit {limit}=N"
    return ConfigurationError(f"the line is longer than {spell_bytes(most)}", file=where, hint=hint)


def _refuse_long_lines(block: bytes, name: str, line: int, most: int, limit: str) -> None:
    """Raise an error if a line of a block that begins with line number ``line`` is too long."""
    # Most blocks are shorter than the limit, so that their lines need not be measured.
    if len(block) <= most:
        return
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n"))
    lengths = np.diff(ends, prepend=-1)
    if lengths.max() > most:
        raise line_too_long(f"{name}:{line + int(np.argmax(lengths > most))}", most, limit)


def _joined_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks joined to at least ``BLOCK_BYTES``: every block has a fixed cost."""
    held, size = list[bytes](), 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= BLOCK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _with_replacements(block: bytes) -> bytes:
    return block.decode("utf-8", "replace").encode()


def _require_utf8(block: bytes, name: str, offset: int, line: int) -> bytes:
    """Return a block of valid UTF-8, or raise an error with the place of the first invalid byte."""
    if _is_utf8(block):
        return block
    # Arrow does not report the place: Python finds it again.
    try:
        block.decode("utf-8")
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start)
        problem = f"line {at} is not UTF-8: byte 0x{block[error.start]:02x} at byte offset {offset + error.start}"
        raise ConfigurationError(problem, hint="convert the file to UTF-8", file=name) from error
    return block


def _is_utf8(block: bytes) -> bool:
    """Return whether a block is valid UTF-8, as Arrow finds in a thirtieth of the time that decoding takes."""
    # Arrow validates strings, not bytes: the block is wrapped, without a copy, as an array of one string.
    bounds = np.array([0, len(block)], dtype=np.int64)
    text = pa.LargeStringArray.from_buffers(1, pa.py_buffer(bounds), pa.py_buffer(block))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _file_chunks(path: Path, on_read: Callable[[int], None], max_expansion: int) -> Iterator[bytes]:
    """Yield the bytes of a file, decompressed by its suffix.

    Raises:
        ConfigurationError: the file cannot be opened or read, is damaged, expands too far, or needs a package that is
            not installed.
    """
    unpack = {".gz": _gzip_chunks, ".zst": zstd_chunks}.get(path.suffix.lower(), _plain_chunks)
    try:
        with path.open("rb") as file:
            at = size = 0
            for chunk in unpack(file, path):
                on_read(file.tell() - at)
                at = file.tell()
                size += len(chunk)
                # Checked chunk by chunk: a small file from a stranger may expand to more than the memory.
                if size > largest(at, max_expansion):
                    raise expands_too_far(path, max_expansion)
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error


def expands_too_far(path: Path, expansion: int) -> ConfigurationError:
    """Return the error of a file whose content exceeds ``expansion`` times the size of the file."""
    problem = f"expands to more than {expansion} times its size"
    return ConfigurationError(problem, file=str(path), hint="if it is right, allow more: --limit expansion=N")


def unreadable(path: Path, error: Exception) -> ConfigurationError:
    """Return the error of a file that cannot be opened or decompressed."""
    reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    hint = "replace the file: it is damaged"
    if isinstance(error, OSError) and error.errno:
        hint = "name a file" if path.is_dir() else "check its permissions" if path.exists() else "check the path"
    return ConfigurationError(f"cannot be read: {reason}", hint=hint, file=str(path))


def _plain_chunks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    return iter(lambda: file.read(BLOCK_BYTES), b"")


def _gzip_chunks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as unpacked:
        while chunk := unpacked.read(BLOCK_BYTES):
            yield chunk


def zstd_chunks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Yield the decompressed frames of a file.

    The package's own readers accept a truncated file as complete, and read the first frame of several only.
    """
    zstandard = import_package("zstandard", "reading .zst", file=str(path))
    # A file may be several frames in a row, for instance after appending to it. A decoder reads one frame and returns
    # the bytes after its end.
    frame = None
    packed = b""
    try:
        while packed := packed or file.read(_ZSTD_BYTES):
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(packed)
            packed = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    except zstandard.ZstdError as error:
        raise ConfigurationError(
            f"cannot be read: {error}", hint="replace the file: it is damaged", file=str(path)
        ) from error
    if frame is not None:
        raise EOFError("the compressed data end too early")
