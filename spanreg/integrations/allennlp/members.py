"""Read the members of an untrusted ``.tar.gz`` file, without extracting any."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from spanreg.limits import largest, spell_bytes
from spanreg.registry import ConfigurationError
from spanreg.storage import name_fault
from spanreg.text.reasons import reason_of

MOST_MEMBERS: Final = 10_000
_LONGEST_NAME: Final = 4096
_UNREADABLE: Final = (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, OverflowError, RecursionError)
"Exceptions of the standard library for archives that are damaged or of an unknown form."


class LimitedReader(io.RawIOBase):
    """Stream that raises an error when more than a number of bytes are read from it.

    ``LimitedReader(gzip.open("model.tar.gz"), 1 << 20, Path("model.tar.gz")).read(10)``

    Parameters:
        stream: the stream.
        most: number of bytes.
        path: its file, for the error.
    """

    def __init__(self, stream: io.BufferedIOBase, most: int, path: Path) -> None:
        super().__init__()
        self._stream, self._left, self._most, self._path = stream, most, most, path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        content = self._stream.read(len(buffer))
        self._left -= len(content)
        if self._left < 0:
            problem = f"{self._path} expands to more than {spell_bytes(self._most)}"
            raise ConfigurationError(problem, hint="if it is right, allow more: --limit expansion=N")
        # Counted here and not by the sizes in the headers, which a hostile archive may understate.
        buffer[: len(content)] = content
        return len(content)


def read_members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Yield name, size and content of each file in an archive, in order; a content is read before the next one.

    Args:
        path: the archive, a tar file packed by gzip.

    Raises:
        ConfigurationError: it is missing, damaged, or expands beyond the limit; a member is a link or a device, is
            there twice, or has a name that leads out of the archive.
    """
    with _explained(path), path.open("rb") as packed, gzip.open(packed) as unpacked:
        limited = io.BufferedReader(LimitedReader(unpacked, largest(path.stat().st_size), path))
        seen: set[str] = set()
        # A pipe ("|") is read once from its beginning to its end, so that the limit counts every byte.
        with tarfile.open(fileobj=limited, mode="r|") as archive:
            for number, member in enumerate(archive):
                name = _checked_name(path, member, seen)
                if number >= MOST_MEMBERS:
                    raise not_an_archive(path, f"it has more than {MOST_MEMBERS:,} members")
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield name, member.size, content


def _checked_name(path: Path, member: tarfile.TarInfo, seen: set[str]) -> str:
    """Return the name of a member, after checking that it is a plain file or folder inside the archive."""
    shown = member.name[:100]  # a name may have megabytes
    # Security: the holes of a sparse file are read as zeros, which ``LimitedReader`` does not count.
    if not member.isdir() and (not member.isreg() or member.issparse()):
        raise not_an_archive(path, f"its member {shown!r} is not a plain file or folder")
    if len(member.name) > _LONGEST_NAME:
        raise not_an_archive(path, f"its member {shown!r} has a name of more than {_LONGEST_NAME:,} characters")
    name = PurePosixPath(member.name)
    if name.is_absolute() or any(part == ".." or name_fault(part) for part in name.parts):
        raise not_an_archive(path, f"its member {shown!r} has a name that leads out of it, or is not portable")
    if member.isreg():
        # Of two members of one name, tools disagree on which one counts.
        if str(name) in seen:
            raise not_an_archive(path, f"its member {shown!r} is there twice")
        seen.add(str(name))
    return str(name)


def not_an_archive(path: Path, fault: str) -> ConfigurationError:
    """Return the error for an archive with a fault, such as ``it has no config.json``."""
    hint = "give an archive that 'allennlp train' wrote"
    return ConfigurationError(f"{path} is not an archive of AllenNLP: {fault}", hint=hint)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn errors of reading an archive into one message."""
    if not path.is_file():
        problem = f"{path} is a folder" if path.is_dir() else f"there is no file {path}"
        raise ConfigurationError(problem, hint="give a model.tar.gz that 'allennlp train' wrote")
    try:
        yield
    except _UNREADABLE as error:
        raise not_an_archive(path, f"it cannot be read ({reason_of(error)})") from error
