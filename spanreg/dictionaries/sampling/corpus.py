"""Corpus of text files, given by paths and globs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from glob import has_magic
from pathlib import Path
from typing import Final

from spanreg import storage
from spanreg.dictionaries.sampling.records import record_blocks, record_kind
from spanreg.packages import resolve_path
from spanreg.registry import ConfigurationError, MistakeCollector
from spanreg.text.files.blocks import BLOCK_BYTES, file_blocks, text_blocks
from spanreg.text.files.patterns import matching_paths
from spanreg.text.files.standard_input import standard_input

STDIN: Final = "-"
"Name of standard input among the patterns."


class TextCorpus:
    """Text files in UTF-8 with one paragraph per line, JSON lines and Parquet files, or standard input.

    ``.gz`` and ``.zst`` are unpacked while reading. A line, record or row is a document.

    ``TextCorpus(["corpus/*.txt.zst"]).blocks()``

    Args:
        patterns: paths and globs (``**`` matches sub-folders) relative to the working directory, or
            ``pkg:package/file``. A file that several of them name is read once. ``-`` is standard input, as text.
        text_field: field of the text in records.
        replace: whether to replace bytes that are not UTF-8 by U+FFFD; otherwise they are an error.
        max_expansion: largest ratio of unpacked to packed size of a file; default: the limit of the command.

    Raises:
        ConfigurationError: there is no pattern, or patterns match no file, or paths are missing or folders.
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
            raise ConfigurationError("names no file", path="corpus", hint="give a path, a glob or a list of them")
        found: set[Path] = set()
        mistakes = MistakeCollector()
        for name in patterns:
            with mistakes:
                found.update(file.resolve() for file in ([] if name == STDIN else _files(name)))
        mistakes.raise_all()
        # Sorted, so that the result does not depend on the order of patterns or directories.
        self.files = sorted(found)
        self._text_field = text_field
        self._replace = replace
        self._max_expansion = max_expansion
        # Hashed while it is read: standard input cannot be read twice.
        self._stdin = hashlib.sha256() if STDIN in patterns else None
        self._size = sum(file.stat().st_size for file in self.files)
        self._read = 0

    def hashes(self) -> list[dict[str, str]]:
        """Return name and SHA-256 of every file; the hash of standard input is valid once it has been read."""
        stdin = [] if self._stdin is None else [{"file": "stdin", "sha256": self._stdin.hexdigest()}]
        hashes = zip(self.files, self._file_hashes, strict=True)
        return [*({"file": file.name, "sha256": sha256} for file, sha256 in hashes), *stdin]

    def content(self) -> list[list[str]]:
        """Return hash and format of every file, on which the counts depend; paths are not included.

        Raises:
            ConfigurationError: the corpus is standard input.
        """
        if self._stdin is not None:
            hint = "name files, or sample with `spanreg sample-dictionary -`"
            raise ConfigurationError("standard input cannot be cached", path="corpus", hint=hint)
        hashes = zip(self.files, self._file_hashes, strict=True)
        # Sorted by content, so that renamed files have the same key; the format decides how the content is read.
        return sorted([sha256, record_kind(file)] for file, sha256 in hashes)

    @property
    def is_lasting(self) -> bool:
        """True if the corpus can be read again, which standard input cannot."""
        return self._stdin is None

    @cached_property
    def _file_hashes(self) -> list[str]:
        """SHA-256 of each file; files are read in full, so that this is computed once and only if it is needed."""
        return [storage.hash_file(file) for file in self.files]

    def shards(self) -> list[TextCorpus]:
        """Return a corpus for each file; a document never crosses files, so that their counts can be added."""
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
        """Yield the text of all files in blocks that split no word and, with ``whole_lines``, no line."""
        self._read = 0
        for file in self.files:
            kind = record_kind(file)
            # A generator, which does not open the file before its first block: Parquet is read another way.
            text = file_blocks(
                file,
                self._count_bytes,
                whole_lines=whole_lines or bool(kind),
                replace=self._replace,
                max_expansion=self._max_expansion,
            )
            yield from record_blocks(file, kind, self._text_field, text, self._count_bytes) if kind else text
        if self._stdin is not None:
            yield from text_blocks(self._stdin_chunks(), "stdin", whole_lines=whole_lines, replace=self._replace)

    @property
    def fraction(self) -> float:
        """Share of the files that ``blocks`` has read, from 0 to 1; 0 with standard input, whose size is unknown."""
        if self._stdin is not None:
            return 0.0
        return self._read / self._size if self._size else 1.0

    def _stdin_chunks(self) -> Iterator[bytes]:
        assert self._stdin is not None
        stdin = standard_input()
        while chunk := stdin.read(BLOCK_BYTES):
            self._stdin.update(chunk)
            yield chunk

    def _count_bytes(self, size: int) -> None:
        self._read += size


def _files(pattern: str) -> list[Path]:
    """Return the files of a path or glob.

    Raises:
        ConfigurationError: there are none, or the path is a folder.
    """
    path = resolve_path(pattern, "corpus")
    if path.is_dir():
        raise ConfigurationError(f"{pattern!r} is a folder", path="corpus", hint=f"name its files: '{pattern}/*.txt'")
    # A name that exists is not a pattern, even if it contains brackets.
    found = [path] if path.exists() else list(matching_paths(path))
    files = [file for file in found if file.is_file()]
    if not files:
        problem = f"{pattern!r} matches no file" if has_magic(pattern) else f"file {pattern!r} does not exist"
        raise ConfigurationError(problem, path="corpus", hint=f"relative paths start at {Path.cwd()}")
    return files
