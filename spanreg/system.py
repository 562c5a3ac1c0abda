"""Differences between operating systems: cores, users, locks on files, and limits.

Python has some functions on Linux or POSIX alone. The rest of the package calls these, which work everywhere.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import suppress
from typing import Any, Final

_fcntl: Any = None
"The module, or None on Windows."
with suppress(ImportError):
    import fcntl

    _fcntl = fcntl

QUOTA_EXCEEDED: Final[int] = getattr(errno, "EDQUOT", errno.ENOSPC)
"Error number of an exceeded disk quota, which Windows does not have."

CLOSE_ON_EXEC: Final[int] = getattr(os, "O_CLOEXEC", 0)
"Flag of ``os.open``; on Windows no descriptor is inherited anyway."

NOT_WAITING: Final[int] = getattr(os, "O_NONBLOCK", 0)
"Flag of ``os.open``: a pipe is opened without waiting for its writer; it changes nothing for files and folders."

IS_WINDOWS: Final = os.name == "nt"
"Windows opens no folders, renames no open files, and flushes only files that are open for writing."

HAS_LOCKS: Final = _fcntl is not None or IS_WINDOWS
"False where Python offers no locks on files; then ``lock_descriptor`` does nothing."

_LOCKED_BYTE: Final = 1 << 40
"Position of the byte that is locked on Windows, where a locked byte cannot be read: beyond the end of any file."


def available_cores() -> int:
    """Return the number of cores that this process may run on, or of all cores if the system does not restrict it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_average() -> float:
    """Return the mean number of processes that wanted to run in the last minute; 0 where the system does not count."""
    with suppress(AttributeError, OSError):
        return os.getloadavg()[0]
    return 0.0


def user_id() -> int:
    """Return this process's user, or 0 on a system whose users have no numbers."""
    return os.getuid() if hasattr(os, "getuid") else 0


def has_user_entry() -> bool:
    """Return whether the system knows the name and the home of this process's user."""
    try:
        import pwd

        pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    except (ImportError, AttributeError):  # Windows, where every process has a named user
        return True
    return True


def file_size_limit() -> int | None:
    """Return the size in bytes that this process may write to a file, None for no limit."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def lock_descriptor(handle: int, *, shared: bool = False, wait: bool = False) -> None:
    """Lock an open file for this process until the descriptor is closed.

    Windows has no shared locks of this kind; there, a shared lock is an exclusive one.

    Args:
        handle: the descriptor.
        shared: let others hold shared locks at the same time.
        wait: wait for another holder.

    Raises:
        BlockingIOError: another process holds the lock and ``wait`` is off.
        OSError: the file system has no locks. A system without locks (``HAS_LOCKS``) raises nothing.
    """
    if _fcntl is not None:
        # Not ``lockf``: its locks belong to the process, so its threads would not exclude one another, and closing any
        # descriptor of the file would release the lock.
        _fcntl.flock(handle, (_fcntl.LOCK_SH if shared else _fcntl.LOCK_EX) | (0 if wait else _fcntl.LOCK_NB))
    elif sys.platform == "win32":
        _lock_on_windows(handle, wait)


if sys.platform == "win32":

    def _lock_on_windows(handle: int, wait: bool) -> None:
        import msvcrt
        import time

        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        # Polled, because the waiting mode of ``locking`` gives up after ten seconds.
        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            except PermissionError as error:
                if not wait:
                    raise BlockingIOError(*error.args) from error
                time.sleep(0.01)
            else:
                return


def signal_name(number: int) -> str:
    """Return the name of a signal, such as ``SIGKILL``, or its number where it has none."""
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
