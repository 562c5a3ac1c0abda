"""Hashes of what Python code means: comments, docstrings and formatting do not change them."""

from __future__ import annotations

import ast
import errno
import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from spanreg.registry import ConfigurationError
from spanreg.storage.cache import cache_folder
from spanreg.storage.files import write_text
from spanreg.storage.hashes import hash_file, hash_file_cached, hash_json

PACKAGE: Final = Path(__file__).parents[1]
"Folder of this package's sources."

_SPELLING: Final = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"Fields of syntax nodes that follow from their position, or describe only how the source is written."


def hash_sources(*parts: str) -> str:
    """Return a hash of this package's own code as it is now, of all of it or of some of its folders.

    A version number does not distinguish what changed between two releases.
    """
    files = [file for part in parts or ("",) for file in _python_files(part)]
    return hash_code(sorted(files, key=lambda file: file[0].split("/")))


def _python_files(part: str) -> Iterator[tuple[str, str]]:
    """Yield the Python files below a folder of the package: the path within the package, and the whole path."""
    # Not pathlib's rglob: every run hashes hundreds of files several times, and it takes five times as long.
    for folder, _, names in os.walk(PACKAGE / part):
        inner = Path(folder).relative_to(PACKAGE).as_posix().removeprefix(".")
        prefix = f"{inner}/" if inner else ""
        yield from ((f"{prefix}{name}", f"{folder}{os.sep}{name}") for name in names if name.endswith(".py"))


def hash_code(files: Iterable[tuple[str, str | Path]]) -> str:
    """Return a hash of what Python files mean, and of their names.

    Args:
        files: each with the name that counts; links to nothing are left out.
    """
    found = ((name, str(path), _state(path)) for name, path in files)
    return _hash_code_as_it_is(tuple((name, path, *state) for name, path, state in found if state))


def _state(path: str | Path) -> tuple[int, int] | None:
    """Return the size and the time of modification of a file, or None where there is none."""
    try:
        state = os.stat(path)
    except OSError as error:
        # Editors leave links to nothing, or in a circle, beside the files, such as the lock files of Emacs.
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        raise
    return (state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None


@lru_cache(maxsize=16)
def _hash_code_as_it_is(files: tuple[tuple[str, str, int, int], ...]) -> str:
    """Return a hash of files with these sizes and times of modification.

    Parsing the whole package takes more than a second, so the result is kept in the cache folder under the hash of the
    files' bytes. Where the cache cannot be read or written, the hash is computed again.
    """
    # The syntax tree of one text differs between versions of Python.
    key = hash_json([sys.version_info[:2], [[name, hash_file_cached(Path(path))] for name, path, *_ in files]])
    with suppress(ConfigurationError, OSError, UnicodeDecodeError):
        known = (cache_folder("code") / key).read_text(encoding="ascii")
        # Anything else than a hash is a damaged file, which is written again.
        if len(known) == len(key):
            return known
    found = hash_json([[name, _hash_meaning(path, *state)] for name, path, *state in files])
    with suppress(ConfigurationError, OSError):
        write_text(cache_folder("code") / key, found)
    return found


@cache
def _hash_meaning(path: str, size: int, changed: int) -> str:
    parts: list[str] = []
    try:
        _add_meaning(ast.parse(Path(path).read_bytes()), parts)
    # Code for another version of Python, or nested too deeply to parse: then every byte counts.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return hash_file(Path(path))
    return hashlib.sha256(" ".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _add_meaning(node: ast.AST, parts: list[str]) -> None:
    """Add the parts of a syntax tree that affect what it does to a list."""
    parts.append(type(node).__name__)
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            parts.append(f"{name}:")
            _add_meaning(value, parts)
        elif isinstance(value, list):
            parts.append(f"{name}[")
            for item in value:
                if not isinstance(item, ast.AST):
                    parts.append(repr(item))
                elif not _is_idle(item):
                    _add_meaning(item, parts)
            parts.append("]")
        # A constant may be None; everywhere else None means that an optional part is absent.
        elif name not in _SPELLING and (value is not None or isinstance(node, ast.Constant)):
            parts.append(f"{name}={value!r}")


def _is_idle(node: ast.AST) -> bool:
    """Return whether a statement does nothing: ``pass``, or a string that documents what is above or around it."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(node, ast.Pass)
