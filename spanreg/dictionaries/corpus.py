"""A corpus of text files, named by paths and globs."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

from spanreg import storage
from spanreg.packages import resolve_path
from spanreg.registry import ConfigurationError
from spanreg.text.files import file_blocks


class Corpus:
    """Text files in UTF-8, a paragraph a line; ``.gz`` and ``.zst`` are unpacked on the way.

    Args:
        patterns: paths and globs (``**`` goes into sub-folders), from the working folder on, or ``pkg:package/file``. A
            file that several of them name counts once.

    Raises:
        ConfigurationError: no pattern is given, one matches no file, or a path is missing or a folder.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        if not patterns:
            raise ConfigurationError("no file is named", path="corpus", hint="give a path, a glob or a list of them")
        self.files = sorted({file.resolve() for pattern in patterns for file in _files(pattern)})
        self._size = sum(file.stat().st_size for file in self.files)
        self._read = 0

    def hashes(self) -> list[dict[str, str]]:
        """Name and SHA-256 of every file."""
        return [{"file": file.name, "sha256": storage.hash_file(file)} for file in self.files]

    def blocks(self) -> Iterator[bytes]:
        """The text of all files in blocks that cut no word."""
        self._read = 0
        for file in self.files:
            yield from file_blocks(file, self._count)

    @property
    def fraction(self) -> float:
        """How much of the files ``blocks`` has read, from 0 to 1."""
        return self._read / self._size if self._size else 1.0

    def _count(self, size: int) -> None:
        self._read += size


def _files(pattern: str) -> list[Path]:
    path = resolve_path(pattern, "corpus")
    if path.is_dir():
        raise ConfigurationError(f"{pattern!r} is a folder", path="corpus", hint=f"name its files: '{pattern}/*.txt'")
    found = [path] if path.exists() else [Path(name) for name in glob.glob(str(path), recursive=True)]
    files = [file for file in found if file.is_file()]
    if not files:
        problem = f"{pattern!r} matches no file" if glob.has_magic(pattern) else f"file {pattern!r} does not exist"
        raise ConfigurationError(problem, path="corpus", hint=f"relative paths begin at {Path.cwd()}")
    return files
