"""Hashes of what Python code means: comments, docstrings and formatting do not change them."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
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
    # Editors leave links to nothing beside the files, such as the lock files of Emacs.
    files = sorted(path for part in parts or (".",) for path in (PACKAGE / part).rglob("*.py") if path.is_file())
    return hash_code((path.relative_to(PACKAGE).as_posix(), path) for path in files)


def hash_code(files: Iterable[tuple[str, Path]]) -> str:
    """Return a hash of what Python files mean, and of their names.

    Parsing the whole package takes more than a second, so the result is kept in the cache folder under the hash of the
    files' bytes. Where the cache cannot be read or written, the hash is computed again.

    Args:
        files: each with the name that counts.
    """
    files = list(files)
    # The syntax tree of one text differs between versions of Python.
    key = hash_json([sys.version_info[:2], [[name, hash_file_cached(path)] for name, path in files]])
    with suppress(ConfigurationError, OSError, UnicodeDecodeError):
        known = (cache_folder("code") / key).read_text(encoding="ascii")
        # Anything else than a hash is a damaged file, which is written again.
        if len(known) == len(key):
            return known
    found = hash_json([[name, _hash_meaning(path)] for name, path in files])
    with suppress(ConfigurationError, OSError):
        write_text(cache_folder("code") / key, found)
    return found


def _hash_meaning(path: Path) -> str:
    state = path.stat()
    return _hash_meaning_as_it_is(path, state.st_size, state.st_mtime_ns)


@cache
def _hash_meaning_as_it_is(path: Path, size: int, changed: int) -> str:
    try:
        parts = " ".join(_meaning(ast.parse(path.read_bytes())))
    # Code for another version of Python, or nested too deeply to parse: then every byte counts.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return hash_file(path)
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()


def _meaning(node: ast.AST) -> Iterator[str]:
    """Yield the parts of a syntax tree that affect what it does."""
    yield type(node).__name__
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            yield f"{name}:"
            yield from _meaning(value)
        elif isinstance(value, list):
            yield f"{name}["
            for item in value:
                if not isinstance(item, ast.AST):
                    yield repr(item)
                elif not _is_idle(item):
                    yield from _meaning(item)
            yield "]"
        # A constant may be None; everywhere else None means that an optional part is absent.
        elif name not in _SPELLING and (value is not None or isinstance(node, ast.Constant)):
            yield f"{name}={value!r}"


def _is_idle(node: ast.AST) -> bool:
    """Return whether a statement does nothing: ``pass``, or a string that documents what is above or around it."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return isinstance(node, ast.Pass)
