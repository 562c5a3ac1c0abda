"""Content hashes."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

_CHUNK: Final = 1 << 22
"Bytes per update: large, so that a hashing thread rarely waits for the interpreter's lock."


def hash_json(value: Any) -> str:
    """Return the SHA-256 of a JSON value, independent of the order of keys."""
    # Without ASCII escapes, lone surrogates could not be encoded.
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest, buffer = hashlib.sha256(), bytearray(min(_CHUNK, path.stat().st_size + 1))
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as stream:
        while count := stream.readinto(buffer):
            digest.update(view[:count])
    return digest.hexdigest()


def hash_file_cached(path: Path) -> str:
    """Return the SHA-256 of a file, cached by path, size and modification time for the lifetime of the process."""
    # A change within the resolution of the time stamp that keeps the size is not noticed.
    state = path.stat()
    return _hash_file_as_it_is(path, state.st_size, state.st_mtime_ns)


@cache
def _hash_file_as_it_is(path: Path, size: int, changed: int) -> str:
    return hash_file(path)
