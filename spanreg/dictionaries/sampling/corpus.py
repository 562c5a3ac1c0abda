"""A corpus of text files, named by paths and globs."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from spanreg import storage
from spanreg.dictionaries.sampling.records import record_blocks, record_kind
from spanreg.packages import resolve_path
from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import BLOCK_BYTES, file_blocks, text_blocks
from spanreg.text.files.standard_input import standard_input

STDIN: Final = "-"


class TextCorpus:
    """Text files in UTF-8, a paragraph a line; JSON lines and Parquet with a column of text; or standard input.

    ``.gz`` and ``.zst`` are unpacked on the way. A line, record or row is a document.

    Args:
        patterns: paths and globs (``**`` goes into sub-folders), from the working folder on, or ``pkg:package/file``. A
            file that several of them name counts once. ``-`` is standard input, text.
        text_field: where records have their text.
        replace: whether to put U+FFFD in the place of what is not UTF-8.
        max_expansion: how many times the size of a packed file its text may have; default: the command's limit.

    Raises:
        ConfigurationError: no pattern is given, one matches no file, or a path is missing or a folder.
    """

    def __init__(
        self,
        patterns: Sequence[str],
        *,
        text_field: str = "text",
        replace: bool = False,
        max_expansion: int | None = None,
    ) -> None:
        if not patterns:
            raise ConfigurationError("no file is named", path="corpus", hint="give a path, a glob or a list of them")
        self.files = sorted({file.resolve() for name in patterns if name != STDIN for file in _files(name)})
        self._text_field = text_field
        self._replace = replace
        self._max_expansion = max_expansion
        self._stdin = hashlib.sha256() if STDIN in patterns else None
        self._size = sum(file.stat().st_size for file in self.files)
        self._read = 0

    def hashes(self) -> list[dict[str, str]]:
        """Name and SHA-256 of every file; that of standard input is known once it has been read."""
        stdin = [] if self._stdin is None else [{"file": "stdin", "sha256": self._stdin.hexdigest()}]
        hashes = zip(self.files, self._file_hashes, strict=True)
        return [*({"file": file.name, "sha256": sha256} for file, sha256 in hashes), *stdin]

    def content(self) -> list[list[str]]:
        """What the counts depend on: hash and kind of every file, wherever they lie.

        Raises:
            ConfigurationError: it cannot be known before the end of standard input.
        """
        if self._stdin is not None:
            hint = "name files, or sample with `spanreg sample-dictionary -`"
            raise ConfigurationError(
                "standard input has no content that could be known again", path="corpus", hint=hint
            )
        hashes = zip(self.files, self._file_hashes, strict=True)
        return sorted([sha256, record_kind(file)] for file, sha256 in hashes)

    @property
    def is_lasting(self) -> bool:
        """Whether it can be read again."""
        return self._stdin is None

    @cached_property
    def _file_hashes(self) -> list[str]:
        return [storage.hash_file(file) for file in self.files]

    def shards(self) -> list[TextCorpus]:
        """A corpus for each of the files."""
        return [
            TextCorpus(
                [str(file)],
                text_field=self._text_field,
                replace=self._replace,
                max_expansion=self._max_expansion,
            )
            for file in self.files
        ]

    def blocks(self, *, whole_lines: bool = False) -> Iterator[bytes]:
        """The text of all files in blocks that cut no word, and no line where asked."""
        self._read = 0
        for file in self.files:
            yield from self._file_blocks(file, whole_lines)
        if self._stdin is not None:
            yield from text_blocks(self._stdin_chunks(), "stdin", replace=self._replace)

    @property
    def fraction(self) -> float:
        """How much of the files ``blocks`` has read, from 0 to 1; 0 with standard input, which has no known end."""
        if self._stdin is not None:
            return 0.0
        return self._read / self._size if self._size else 1.0

    def _file_blocks(self, file: Path, whole_lines: bool) -> Iterator[bytes]:
        kind = record_kind(file)
        blocks = file_blocks(
            file,
            self._count,
            whole_lines=whole_lines or bool(kind),
            replace=self._replace,
            max_expansion=self._max_expansion,
        )
        return record_blocks(file, kind, self._text_field, blocks, self._count) if kind else blocks

    def _stdin_chunks(self) -> Iterator[bytes]:
        assert self._stdin is not None
        stdin = standard_input()
        while chunk := stdin.read(BLOCK_BYTES):
            self._stdin.update(chunk)
            yield chunk

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
