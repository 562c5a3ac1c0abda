"""Kill a process, or pretend that the disk is full, at a chosen file operation.

A task runs in a fork of this process, so that it imports nothing again. An audit hook of the interpreter counts its
file operations below a folder, and interrupts it just before operation n. An operation opens a file for writing,
renames, removes, creates a folder, changes a mode or flushes; the same number is always the same operation.
"""

from __future__ import annotations

import errno
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Interruption = Literal["kill", "full", "count"]

_ADDING = ("os.rename", "os.mkdir", "os.link", "os.symlink")
_OTHER = ("os.remove", "os.rmdir", "os.chmod", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """Exit status, operations and error of a task."""

    code: int
    "Exit status, negative for a signal."
    operations: int = 0
    "Number of file operations, if the task was not killed."
    error: BaseException | None = None
    "The error that the task raised."
    trace: str = ""

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class FileOperationWatcher:
    """Counter of file operations below some folders, which interrupts the process at one of them.

    Parameters:
        roots: the folders.
        interruption: kill this process at the operation, raise "disk full" from this operation on, or only count.
        number: number of the operation, from 1.
    """

    def __init__(self, roots: tuple[Path, ...], interruption: Interruption, number: int) -> None:
        self.roots = tuple(f"{root.absolute()}/" for root in roots)
        self.interruption = interruption
        self.number = number
        self.count = 0
        self.pid = os.getpid()

    def start(self) -> None:
        """Watch this process until it ends: Python cannot remove an audit hook."""
        sys.addaudithook(self.on_event)
        flush_file = os.fsync

        def fsync(descriptor: int) -> None:
            self.count_operation(adding=False)
            flush_file(descriptor)

        os.fsync = fsync

    def on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Count an audit event of the interpreter, if it is a file operation below one of the folders."""
        if event == "open":
            path, mode, flags = arguments
            writes = set(mode) & set("wax+") if isinstance(mode, str) else (flags or 0) & _WRITING
            if writes and self.is_watched(path):
                self.count_operation(adding=True)
        elif (event in _ADDING or event in _OTHER) and any(map(self.is_watched, arguments[:2])):
            self.count_operation(adding=event in _ADDING)

    def is_watched(self, path: Any) -> bool:
        """Return whether a path is below one of the folders."""
        return isinstance(path, str | bytes | os.PathLike) and os.path.abspath(os.fsdecode(path)).startswith(self.roots)

    def count_operation(self, *, adding: bool) -> None:
        """Count an operation, and interrupt the process if it is the chosen one.

        Args:
            adding: the operation needs space on the disk, so that it fails on a full one.
        """
        # Child processes inherit the hook; only the task itself is interrupted.
        if os.getpid() != self.pid:
            return
        self.count += 1
        if self.interruption == "kill" and self.count == self.number:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.interruption == "full" and self.count >= self.number and adding:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def run_watched(
    task: Callable[[], Any],
    *roots: Path,
    interruption: Interruption = "count",
    number: int = 0,
    after: float | None = None,
) -> TaskEnd:
    """Run a task in a fork, and return how it ended.

    Args:
        task: function that the fork calls.
        roots: folders whose file operations count.
        interruption: what happens at one of them.
        number: number of that operation.
        after: kill the task after this time, in seconds.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        watcher, end = FileOperationWatcher(roots, interruption, number), TaskEnd(1)
        try:
            watcher.start()
            task()
            end = TaskEnd(0)
        except BaseException as error:
            end = TaskEnd(1, error=error, trace=traceback.format_exc())
        finally:
            watcher.interruption = "count"
            with os.fdopen(writing, "wb") as stream:
                stream.write(pickle.dumps(TaskEnd(end.code, watcher.count, _picklable(end.error), end.trace)))
            os._exit(end.code)
    os.close(writing)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as stream:
        pickled_end = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return pickle.loads(pickled_end) if pickled_end else TaskEnd(code)


def _picklable(error: BaseException | None) -> BaseException | None:
    """Return the error, or a ``RuntimeError`` with its text if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
