"""Locks between processes, which the system releases when their holder is killed."""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spanreg.storage.errors import explain_write_errors
from spanreg.storage.files import make_folder
from spanreg.system import CLOSE_ON_EXEC, NOT_WAITING, lock_descriptor

logger = logging.getLogger(__name__)

_LOOK = 0.1
"Longest time that ``is_locked`` may hold a lock, in seconds."


@contextmanager
def locked(path: Path, *, wait: bool = True, make_parent: bool = True) -> Iterator[int]:
    """Hold an exclusive lock between processes and threads; the system releases it when the holder is killed.

    ``with locked(folder / ".lock"): ...``

    The lock file is kept, because removing it would allow two holders. Yields its descriptor, so that code that must
    remove the file can check that it is still the file of that name.

    Args:
        path: the lock file; it is made if it is missing.
        wait: wait for another holder; otherwise only for ``is_locked``.
        make_parent: make the folder of the lock file if it is missing.

    Raises:
        BlockingIOError: another process holds the lock and ``wait`` is off.
        ConfigurationError: the lock file cannot be made.
    """
    if make_parent:
        make_folder(path.parent)
    with explain_write_errors(path):
        # Open for writing: network file systems grant an exclusive lock to writers only.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | CLOSE_ON_EXEC, 0o666)
    try:
        # ``is_locked`` of another process holds a shared lock for an instant, which must not count as a holder.
        if not _acquire(handle, patience=0.0 if wait else _LOOK):
            if not wait:
                raise BlockingIOError(errno.EWOULDBLOCK, f"another process holds {path}")
            logger.info("Waiting for another process that holds %s", path)
            lock_descriptor(handle, wait=True)
        yield handle
    finally:
        os.close(handle)  # releases the lock


def is_locked(path: Path) -> bool:
    """Return whether a running process holds a lock.

    This takes a shared lock for an instant, the only method that also detects holders on other machines and in other
    containers. A process that wants the lock waits until the instant has passed.
    """
    try:
        # A shared lock needs no right to write, so this also works on a read-only disk.
        # Security: in a stranger's folder, the name may be a pipe.
        handle = os.open(path, os.O_RDONLY | CLOSE_ON_EXEC | NOT_WAITING)
    except OSError:
        return False
    try:
        return not _acquire(handle, shared=True)
    finally:
        os.close(handle)


def _acquire(handle: int, *, shared: bool = False, patience: float = 0.0) -> bool:
    """Return whether a lock was acquired, now or within ``patience`` seconds."""
    until = time.monotonic() + patience
    while True:
        try:
            lock_descriptor(handle, shared=shared)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            # The system has no lock with a time limit, so it is tried again and again.
            time.sleep(_LOOK / 50)
        else:
            return True
