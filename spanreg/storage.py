"""Files and folders that appear whole or not at all, locks, the cache folder, and content hashes."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from spanreg.registry import ConfigurationError

logger = logging.getLogger(__name__)

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)
LEFTOVER = ".{}.*.part"
"Pattern of what a writer of a name works on, and leaves behind when it is killed."

_LOOK = 0.1
"Seconds by which all who only look at a lock have let go of it."


def cache_folder(kind: str) -> Path:
    """Folder for cached artefacts of one kind: below ``SPANREG_CACHE``, or ``~/.cache/spanreg``.

    Raises:
        ConfigurationError: the folder cannot be made or written to.
    """
    folder = _cache_root() / kind
    _make_folder(folder)
    if not os.access(folder, os.W_OK):
        _refuse(folder, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return folder


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Gives a temporary path beside ``path``; what was written there becomes ``path`` only if the block succeeds.

    Raises:
        ConfigurationError: there is a folder in its place, its own folder is not writable, or the disk is full.
    """
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder", hint="name a file")
    _make_folder(path.parent)
    with _clear_errors(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
    temporary = Path(name)
    try:
        with _clear_errors(path, only=_DISK_FULL):
            yield temporary
        _flush(temporary)
        temporary.chmod(0o666 & ~_UMASK)
        temporary.replace(path)
        _flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Gives a temporary folder beside ``path``; it takes the place of ``path`` only if the block succeeds.

    Two writers of one path need a lock of their own (``locked``).

    Raises:
        ConfigurationError: there is a file in its place, the folder above is not writable, or the disk is full.
    """
    if path.is_file():
        raise ConfigurationError(f"{path} is a file", hint="name a folder")
    _make_folder(path.parent)
    with _clear_errors(path):
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    try:
        with _clear_errors(path, only=_DISK_FULL):
            yield temporary
        for written in sorted(temporary.rglob("*")):
            # safetensors writes for its owner alone; what stands here is read by whoever may read the folder
            written.chmod((0o777 if written.is_dir() else 0o666) & ~_UMASK)
            _flush(written)
        temporary.chmod(0o777 & ~_UMASK)
        remove_folder(path)
        temporary.rename(path)
        _flush(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """Removes a folder so that a reader sees all of it or nothing; a missing one is fine."""
    if path.exists():
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
        path.rename(aside / path.name)
        shutil.rmtree(aside, ignore_errors=True)


def remove_leftovers(path: Path) -> None:
    """Removes what killed writers of ``path`` left beside it; for the holder of the path's lock."""
    for leftover in path.parent.glob(LEFTOVER.format(path.name)):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, *, wait: bool = True, make_folder: bool = True) -> Iterator[int]:
    """Holds an exclusive lock on a lock file between processes and threads; the system frees it when the holder dies.

    The file is left in place: removing it would let two holders in. Gives its descriptor, by which those who must
    remove it all the same can see whether it is still the file of that name.

    Args:
        path: the lock file; it is made where it is missing.
        wait: for another holder's end; otherwise only for that of a look by ``is_locked``.
        make_folder: that the file lies in, where it is missing.

    Raises:
        BlockingIOError: somebody holds it and ``wait`` is off.
        ConfigurationError: the lock file cannot be made.
    """
    if make_folder:
        _make_folder(path.parent)
    with _clear_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        if not _takes(handle, fcntl.LOCK_EX, patience=0.0 if wait else _LOOK):
            if not wait:
                raise BlockingIOError(errno.EWOULDBLOCK, f"somebody holds {path}")
            logger.info("Waiting for another process that holds %s", path)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether somebody holds a lock file at this moment; a holder that was killed does not.

    It looks by taking the lock for an instant, shared with others who look. That is the one way that also sees holders
    on other machines and in other containers; whoever wants the lock itself waits out such an instant.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _takes(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _takes(handle: int, kind: int, patience: float = 0.0) -> bool:
    """Whether a lock could be had, now or within so many seconds."""
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK / 50)
        else:
            return True


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Writes indented JSON whole or not at all; keys keep their order.

    Raises:
        ValueError: a number is not finite, which JSON cannot say.
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def hash_json(value: Any) -> str:
    """SHA-256 of a JSON value, independent of the order of keys."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_file_again(path: Path) -> str:
    """The same for files that are asked for often: one whose size and time have not changed is not read again."""
    state = path.stat()
    return _hash_file_as_it_is(path, state.st_size, state.st_mtime_ns)


@cache
def _hash_file_as_it_is(path: Path, size: int, changed: int) -> str:
    return hash_file(path)


def hash_sources(*parts: str) -> str:
    """SHA-256 of this package's own sources as they are now, of all or of some of its folders.

    A version number does not tell apart what changed between two releases.
    """
    root = Path(__file__).parent
    files = sorted(path for part in parts or (".",) for path in (root / part).rglob("*.py"))
    return hash_json([[path.relative_to(root).as_posix(), hash_file_again(path)] for path in files])


def _read_umask() -> int:
    """The process's umask, which can only be read by setting it."""
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


# Read once, while the process most likely has one thread: other threads would create files under the umask set here.
_UMASK = _read_umask()


def _cache_root() -> Path:
    root = os.environ.get("SPANREG_CACHE")
    return Path(root).expanduser() if root else Path.home() / ".cache" / "spanreg"


def _make_folder(folder: Path) -> None:
    with _clear_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _flush(path: Path) -> None:
    """Puts a file or a folder's list of names on the disk, so that a power cut finds it whole."""
    with _clear_errors(path):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _clear_errors(path: Path, only: tuple[int, ...] | None = None) -> Iterator[None]:
    """Turns the system's refusals to write into errors for the user."""
    try:
        yield
    except OSError as error:
        if only is None or error.errno in only:
            _refuse(path, error)
        raise


def _refuse(path: Path, error: OSError) -> NoReturn:
    if error.errno in _DISK_FULL:
        reason, hint = "the disk is full", "free some space, or name a folder elsewhere"
    elif error.errno in _NOT_WRITABLE:
        reason, hint = "it is not writable", "name a folder that you may write to"
    else:
        reason, hint = error.strerror or str(error), "name a folder elsewhere"
    if path.is_relative_to(_cache_root()):
        hint += " by the environment variable SPANREG_CACHE"
    raise ConfigurationError(f"cannot write {path}: {reason}", hint=hint) from error
