"""Corpora of plain text: which files they are, and their text in blocks that never cut a word."""

from __future__ import annotations

import glob
import gzip
import importlib
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, cast

from spanreg.registry import ConfigurationError

BLOCK_BYTES: Final = 1 << 20


def corpus_files(patterns: Sequence[str]) -> list[Path]:
    """The files that paths and globs name, each once, sorted.

    Raises:
        ConfigurationError: no pattern is given, one matches no file, or a path is missing or no file.
    """
    if not patterns:
        raise ConfigurationError("no file is named", path="corpus", hint="give a path, a glob or a list of them")
    files: set[Path] = set()
    for pattern in patterns:
        path = Path(pattern).expanduser()
        if path.is_dir():
            raise ConfigurationError(
                f"{pattern!r} is a folder", path="corpus", hint=f"name its files: '{pattern}/*.txt'"
            )
        found = [path] if path.is_file() else [Path(name) for name in glob.glob(str(path), recursive=True)]
        found = [file for file in found if file.is_file()]
        if not found:
            raise ConfigurationError(_nothing_found(pattern), path="corpus", hint="check the path from where you run")
        files.update(found)
    return sorted(files)


def _nothing_found(pattern: str) -> str:
    return f"{pattern!r} matches no file" if glob.has_magic(pattern) else f"{pattern!r} does not exist"


def open_bytes(path: Path) -> IO[bytes]:
    """A text file opened for its uncompressed bytes; ``.gz`` and ``.zst`` are unpacked on the way.

    Raises:
        ConfigurationError: the file cannot be opened, or is zstd while the package for it is missing.
    """
    try:
        if path.suffix == ".gz":
            return cast(IO[bytes], gzip.open(path))
        if path.suffix == ".zst":
            return cast(IO[bytes], _zstandard(path).open(path, "rb"))
        return path.open("rb")
    except OSError as error:
        raise ConfigurationError(f"cannot be opened: {error.strerror}", file=str(path)) from error


def _zstandard(path: Path) -> Any:
    try:
        return importlib.import_module("zstandard")
    except ModuleNotFoundError as error:
        hint = "install the extra: pip install 'spanreg[zstd]'"
        raise ConfigurationError("reading .zst needs the package zstandard", hint=hint, file=str(path)) from error


def text_blocks(path: Path, size: int = BLOCK_BYTES, on_bytes: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """The text of a file as valid UTF-8 in blocks of about ``size`` bytes.

    A block ends with a line feed or, in a long line, with a space, so that no word is cut; one without either grows
    until the next. The last block ends with a line feed in any case.

    Parameters:
        path: the file.
        size: bytes of a block.
        on_bytes: told, before each block, how many bytes of uncompressed text were read since the last time.

    Raises:
        ConfigurationError: the file is unreadable or damaged, or not UTF-8 (names line and byte offset).
    """
    offset, line, rest = 0, 1, b""
    with open_bytes(path) as stream:
        while True:
            read = _read(stream, size, path)
            if on_bytes is not None:
                on_bytes(len(read))
            block = rest + (read or b"\n")
            cut = 1 + max(block.rfind(b"\n"), block.rfind(b" ")) if read else len(block)
            block, rest = block[:cut], block[cut:]
            _check_utf8(block, path, offset, line)
            if block:
                yield block
            if not read:
                return
            offset += len(block)
            line += block.count(b"\n")


def _read(stream: IO[bytes], size: int, path: Path) -> bytes:
    try:
        return stream.read(size)
    except _damages() as error:
        raise ConfigurationError(f"cannot be read: {error}", hint="is it damaged?", file=str(path)) from error


def _damages() -> tuple[type[Exception], ...]:
    """What reading a damaged file raises; zstandard has an error of its own, and is there only if it was needed."""
    zstandard = sys.modules.get("zstandard")
    return (
        (OSError, EOFError, zlib.error) if zstandard is None else (OSError, EOFError, zlib.error, zstandard.ZstdError)
    )


def _check_utf8(block: bytes, path: Path, offset: int, line: int) -> None:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start)
        problem = f"line {at} is not UTF-8: byte 0x{block[error.start]:02x} at byte offset {offset + error.start}"
        raise ConfigurationError(problem, hint="convert the file to UTF-8", file=str(path)) from error
