"""Processes that are killed, or that find the disk full, at a chosen file operation.

A task runs in a fork of this process, so that it need not import anything. An audit hook of the interpreter counts its
file operations below a folder, and acts just before the n-th: every place at which Python opens a file for writing,
renames, removes, makes a folder, changes rights or flushes can be chosen, and always the same one.
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

Act = Literal["kill", "full", "count"]

_ADDING = ("os.rename", "os.mkdir", "os.link", "os.symlink")
_OTHER = ("os.remove", "os.rmdir", "os.chmod", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True, slots=True)
class Ended:
    """How a task ended."""

    code: int
    "Exit status, negative for a signal."
    operations: int = 0
    "File operations that it made, where it was not killed."
    error: BaseException | None = None
    "What it raised."
    trace: str = ""

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Watcher:
    """Counts file operations below some folders, and acts at one of them.

    Parameters:
        roots: the folders.
        act: kill this process at the operation; or let the disk be full from it on; or only count.
        number: of the operation, from 1 on.
    """

    def __init__(self, roots: tuple[Path, ...], act: Act, number: int) -> None:
        self.roots = tuple(f"{root.absolute()}/" for root in roots)
        self.act = act
        self.number = number
        self.count = 0
        self.pid = os.getpid()

    def start(self) -> None:
        """Watch this process from now on; it can never be stopped."""
        sys.addaudithook(self.hear)
        flush = os.fsync

        def fsync(handle: int) -> None:
            self.reach(adding=False)
            flush(handle)

        os.fsync = fsync

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by the interpreter before each of its auditable acts."""
        if event == "open":
            path, mode, flags = arguments
            writes = set(mode) & set("wax+") if isinstance(mode, str) else (flags or 0) & _WRITING
            if writes and self.concerns(path):
                self.reach(adding=True)
        elif (event in _ADDING or event in _OTHER) and any(map(self.concerns, arguments[:2])):
            self.reach(adding=event in _ADDING)

    def concerns(self, path: Any) -> bool:
        """Whether a path lies below one of the folders."""
        return isinstance(path, str | bytes | os.PathLike) and os.path.abspath(os.fsdecode(path)).startswith(self.roots)

    def reach(self, *, adding: bool) -> None:
        """Count an operation, and act if it is its turn."""
        if os.getpid() != self.pid:
            return
        self.count += 1
        if self.act == "kill" and self.count == self.number:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.act == "full" and self.count >= self.number and adding:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def run_watched(
    task: Callable[[], Any], *roots: Path, act: Act = "count", number: int = 0, after: float | None = None
) -> Ended:
    """Run a task in a fork, and wait for its end.

    Args:
        task: what to do.
        roots: folders whose file operations count.
        act: what happens at one of them.
        number: of that operation.
        after: kill it after so many seconds, wherever it is then.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        watcher, found = Watcher(roots, act, number), Ended(1)
        try:
            watcher.start()
            task()
            found = Ended(0)
        except BaseException as error:
            found = Ended(1, error=error, trace=traceback.format_exc())
        finally:
            watcher.act = "count"
            with os.fdopen(writing, "wb") as stream:
                stream.write(pickle.dumps(Ended(found.code, watcher.count, _portable(found.error), found.trace)))
            os._exit(found.code)
    os.close(writing)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as stream:
        answer = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return pickle.loads(answer) if answer else Ended(code)


def _portable(error: BaseException | None) -> BaseException | None:
    """The error, or what can be sent of it."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
