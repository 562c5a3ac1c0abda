"""Read files that may be damaged; errors name the file and the fault."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from spanreg.limits import limits, spell_bytes
from spanreg.registry import ConfigurationError
from spanreg.storage.files import write_json
from spanreg.storage.hashes import hash_json

SEAL: Final = "sha256"
"Key of a sealed JSON object with the hash of all its other keys."


_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"Escape of half a surrogate pair: legal in JSON, but it cannot be encoded as UTF-8, and so neither shown nor written."


class DamagedFileError(ConfigurationError):
    """A file is missing, cannot be read, or has changed since it was written.

    ``read_object(Path("run/metrics.json"))`` raises it.
    """


def damaged(path: Path, fault: str, hint: str = "") -> DamagedFileError:
    """Return the error for a damaged file.

    Args:
        path: the file.
        fault: what is wrong with it: ``is missing``, ``is empty``, ``cannot be read (...)``, or how it is damaged.
        hint: how to repair or replace it.
    """
    statement = fault if fault.startswith(("is ", "cannot ")) else f"is damaged: {fault}"
    return DamagedFileError(f"{path} {statement}", hint=hint)


def read_bytes(path: Path, hint: str = "") -> bytes:
    """Return the content of a file.

    Raises:
        DamagedFileError: it is missing, cannot be read, is not a file, or exceeds the command's limit.
    """
    most = limits().json
    # The size is checked first: a damaged or hostile file must not fill the memory.
    try:
        state = path.stat()
        # Reading a pipe would wait for a writer for ever. A folder passes, because reading it raises a clear error.
        if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
            raise damaged(path, "it is not a file", hint)
        if state.st_size > most:
            advice = "if it is right, allow more: --limit json=N"
            raise DamagedFileError(f"{path} is larger than {spell_bytes(most)}", hint=advice)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise damaged(path, "is missing", hint) from None
    except OSError as error:
        raise damaged(path, f"cannot be read ({error.strerror})", hint) from error


def parse_json(content: bytes, path: Path, hint: str = "") -> Any:
    """Return the JSON value of a file's content.

    Raises:
        DamagedFileError: it is not UTF-8, not JSON, or nested too deeply.
    """
    if not content.strip():
        raise damaged(path, "is empty", hint)
    try:
        value = json.loads(content.decode("utf-8"))
        # Only a file with such an escape is encoded again, because that takes as long as parsing.
        if _SURROGATE.search(content):
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeDecodeError as error:
        raise damaged(path, f"it is not UTF-8 (byte {error.start})", hint) from error
    except UnicodeEncodeError as error:
        raise damaged(path, "it has half of a surrogate pair in a text", hint) from error
    except json.JSONDecodeError as error:
        fault = f"it is not JSON (line {error.lineno}, column {error.colno})"
        raise damaged(path, fault, hint) from error
    except RecursionError:
        raise damaged(path, "its JSON is nested too deeply", hint) from None
    except ValueError as error:  # an integer of thousands of digits
        raise damaged(path, f"it is not JSON ({str(error).partition(';')[0]})", hint) from error


def parse_object(content: bytes, path: Path, hint: str = "") -> dict[str, Any]:
    """Return the JSON object of a file's content.

    Raises:
        DamagedFileError: it is not JSON, or the value is not an object.
    """
    found = parse_json(content, path, hint)
    if not isinstance(found, dict):
        raise damaged(path, "it is not a JSON object", hint)
    return found


def read_object(path: Path, hint: str = "") -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        DamagedFileError: the file is missing, cannot be read, or has no JSON object.
    """
    return parse_object(read_bytes(path, hint), path, hint)


def write_sealed(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object with its hash under the key ``sha256``, atomically."""
    write_json(path, {**value, SEAL: hash_json(value)})


def read_sealed(path: Path, hint: str = "") -> dict[str, Any]:
    """Return the JSON object of a file without its seal, which is verified; earlier versions wrote none.

    Raises:
        DamagedFileError: the file is missing, cannot be read, or does not match its seal.
    """
    return unsealed(read_object(path, hint), path, hint)


def unsealed(found: Mapping[str, Any], path: Path, hint: str = "", *, required: bool = False) -> dict[str, Any]:
    """Return an object without its seal, which is verified if there is one.

    Args:
        found: the object.
        path: its file.
        hint: how to repair or replace it.
        required: refuse an object without a seal.

    Raises:
        DamagedFileError: the seal does not match, or is missing.
    """
    value = {key: inner for key, inner in found.items() if key != SEAL}
    if (SEAL in found or required) and found.get(SEAL) != _seal(value):
        raise damaged(path, "it is not as it was written (its SHA-256 differs)", hint)
    return value


def _seal(value: Mapping[str, Any]) -> str | None:
    """Return the hash of an object, or None for one that spanreg never writes: with infinite numbers, or too deep."""
    try:
        return hash_json(value)
    except (ValueError, RecursionError):
        return None
