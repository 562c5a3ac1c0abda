"""Write files and folders atomically: each appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from spanreg.registry import ConfigurationError
from spanreg.storage.errors import explain_full_disk, explain_write_errors
from spanreg.system import CLOSE_ON_EXEC, HAS_LOCKS, IS_WINDOWS, NOT_WAITING, lock_descriptor

_PART: Final = ".part"
"Suffix of temporary files and folders; readers skip them."


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path next to ``path``; the file there becomes ``path`` if the block succeeds.

    ``with whole_file(path) as temporary: temporary.write_bytes(content)``

    A device or a pipe is not replaced; the content is copied into it.

    Raises:
        ConfigurationError: ``path`` is a folder, its folder is not writable, or the disk is full.
    """
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder", hint="name a file")
    if _is_device(path):
        with _copied_into(path) as temporary:
            yield temporary
        return
    make_folder(path.parent)
    with explain_write_errors(path):
        # Next to the target, since a rename is atomic only within one file system.
        handle, temporary = _new_part(path)
    try:
        with explain_full_disk(path, temporary):
            yield temporary
        # The content must be on the disk before the name refers to it, or a power failure could leave an empty file.
        flush(temporary)
        with explain_write_errors(path):
            # Temporary files are private; the result follows the umask like any other file.
            temporary.chmod(0o666 & ~_UMASK)
            # Windows does not rename an open file.
            if IS_WINDOWS:
                os.close(handle)
                handle = -1
            # On POSIX the descriptor stays open until the end: its lock protects the file from other writers.
            temporary.replace(path)
        flush(path.parent)
    finally:
        # After a success there is nothing to remove: the file has its final name.
        temporary.unlink(missing_ok=True)
        if handle != -1:
            os.close(handle)


def _is_device(path: Path) -> bool:
    """Return whether a path is a device, a pipe, or a descriptor such as ``/dev/stdout``."""
    # By name, too: if output is redirected, /dev/stdout links to a regular file, and a rename would replace the link.
    return path.absolute().is_relative_to("/dev") or (path.exists() and not path.is_file() and not path.is_dir())


@contextmanager
def _copied_into(device: Path) -> Iterator[Path]:
    """Yield a temporary path whose content is copied into a device if the block succeeds."""
    with tempfile.TemporaryDirectory(prefix="spanreg-") as folder:
        yield (temporary := Path(folder) / device.name)
        with explain_write_errors(device), temporary.open("rb") as source, device.open("wb", buffering=0) as target:
            shutil.copyfileobj(source, target)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder next to ``path``; it replaces ``path`` if the block succeeds.

    ``with whole_folder(path) as temporary: write_json(temporary / "config.json", config)``

    Concurrent writers of the same path must hold a lock (``locked``).

    Raises:
        ConfigurationError: ``path`` is a file, its folder is not writable, or the disk is full.
    """
    if path.is_file():
        raise ConfigurationError(f"{path} is a file", hint="name a folder")
    with temporary_folder(path) as temporary:
        yield temporary
        # The content first, then the folder, then the name: all must be on the disk before the name refers to it.
        for written in sorted(temporary.rglob("*")):
            # safetensors makes files that only their owner can read; these follow the umask like all others.
            written.chmod((0o777 if written.is_dir() else 0o666) & ~_UMASK)
            flush(written)
        temporary.chmod(0o777 & ~_UMASK)
        flush(temporary)
        # A folder cannot be replaced in one step, so readers may find none for an instant, but never half of one.
        remove_folder(path)
        with explain_write_errors(path):
            temporary.rename(path)
        flush(path.parent)


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """Yield a folder next to ``path``, on the same disk, that is removed after the block.

    Raises:
        ConfigurationError: the parent folder is not writable, or the disk is full.
    """
    make_folder(path.parent)
    with explain_write_errors(path):
        handle, temporary = _new_part(path, folder=True)
    try:
        with explain_full_disk(path, temporary):
            yield temporary
    finally:
        # An error here would hide one of the block; the next writer of the path removes what stays.
        shutil.rmtree(temporary, ignore_errors=True)
        os.close(handle)


def remove_folder(path: Path) -> None:
    """Remove a folder, if it exists, so that a reader sees all of it or nothing.

    Raises:
        ConfigurationError: it is not writable.
    """
    if path.exists():
        # Renamed first: removing takes time, in which a reader would see a part of it.
        with temporary_folder(path) as aside, explain_write_errors(path):
            path.rename(aside / path.name)


def remove_leftovers(found: Iterable[Path]) -> None:
    """Remove the result of ``leftovers``; the caller holds the lock of their writers."""
    for leftover in found:
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            with suppress(OSError):
                leftover.unlink(missing_ok=True)


def leftovers(folder: Path, name: str = "") -> list[Path]:
    """Return temporary files and folders in a folder, of running writers or left by killed ones.

    Args:
        folder: folder to search.
        name: name of the file or folder that is written; default: any.
    """
    # The form of the names that ``_new_part`` makes. Not a glob pattern, in which characters of a name such as [ have a
    # meaning.
    prefix = f".{name}." if name else "."
    try:
        return sorted(
            Path(entry.path)
            for entry in os.scandir(folder)
            if entry.name.startswith(prefix) and entry.name.endswith(_PART)
        )
    except OSError:
        return []


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with whole_file(path) as temporary:
        # The same bytes on every system: manifests and packs record hashes of them.
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON atomically; keys keep their order.

    Raises:
        ValueError: a number is not finite, which JSON cannot express.
    """
    write_text(path, spell_json(value))


def spell_json(value: Any) -> str:
    """Return the text that ``write_json`` writes.

    Raises:
        ValueError: a number is not finite, which JSON cannot express.
    """
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents.

    Raises:
        ConfigurationError: the folder cannot be made.
    """
    with explain_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def require_makeable(path: Path) -> None:
    """Check that a file or a folder can be made at a path where there is none; nothing stays there.

    Raises:
        NotWritableError: the folder above it is not writable.
        ConfigurationError: a file is in its way.
    """
    above = next(folder for folder in path.absolute().parents if folder.exists())
    # Permissions alone do not answer: root may write everywhere, yet not to /proc or to a read-only disk.
    with explain_write_errors(path), tempfile.TemporaryFile(dir=above):
        pass


def flush(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk, so that it survives a power failure."""
    # Windows cannot open a folder.
    if IS_WINDOWS and path.is_dir():
        return
    with explain_write_errors(path):
        # Windows flushes only through a descriptor that may write.
        handle = os.open(path, os.O_RDWR if IS_WINDOWS else os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _new_part(path: Path, *, folder: bool = False) -> tuple[int, Path]:
    """Make a temporary file or folder next to ``path``, and remove those of killed writers.

    Returns:
        A descriptor with a lock, which shows other writers that this one is running, and the path.
    """
    for leftover in leftovers(path.parent, path.name):
        _remove_if_abandoned(leftover)
    where: dict[str, Any] = {"dir": path.parent, "prefix": f".{path.name}.", "suffix": _PART}
    while True:
        if folder:
            name = tempfile.mkdtemp(**where)
            # The null device stands in for a folder, which Windows cannot open.
            handle = os.open(os.devnull if IS_WINDOWS else name, os.O_RDONLY | CLOSE_ON_EXEC)
        else:
            handle, name = tempfile.mkstemp(**where)
        with suppress(OSError):  # some network file systems cannot lock folders
            lock_descriptor(handle, wait=True)
        if os.path.exists(name):
            return handle, Path(name)
        os.close(handle)  # another writer removed it as abandoned before it was locked


def _remove_if_abandoned(leftover: Path) -> None:
    """Remove a temporary file or folder unless its writer, which holds a lock on it, is running."""
    # Without locks, running and killed writers look the same.
    if not HAS_LOCKS:
        return
    try:
        # Security: in a stranger's folder, the name may be a pipe.
        handle = os.open(leftover, os.O_RDONLY | CLOSE_ON_EXEC | NOT_WAITING)
    except OSError:
        return
    try:
        lock_descriptor(handle)
    except OSError:
        return
    else:
        remove_leftovers([leftover])
    finally:
        os.close(handle)


def _read_umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


# Read at import, when the process usually has one thread: other threads would create files under the umask set here.
_UMASK = _read_umask()
