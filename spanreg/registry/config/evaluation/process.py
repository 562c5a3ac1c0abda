"""Start child processes that evaluate Jsonnet, and exchange bytes with them."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

_CHILD: Final = str(Path(__file__).with_name("child.py"))
_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"Variables that the interpreter may need to start; the child gets no other."
_PATIENCE: Final = 10
"Wall-clock seconds for each second of processor time, because the machine may be busy."
_TRACES: Final = 1 << 16
"Bytes of ``std.trace`` that are kept."

_idle: Final[list[subprocess.Popen[bytes]]] = []
"Processes that wait for a request."


# Found at import, before an included package can shadow it.
_JSONNET: Final = importlib.util.find_spec("_jsonnet")
_LIBRARY: Final = os.path.dirname(_JSONNET.origin or "") if _JSONNET else ""
"Folder of the Jsonnet library."


def ask_child(request: bytes, seconds: float, size: int) -> tuple[int | None, bytes, bytes]:
    """Run a child process on a request, and return its exit code (None after a timeout), answer and messages.

    Args:
        request: written by ``marshal``; see ``child.main``.
        seconds: limit on its processor time; the wall-clock limit is ten times as long.
        size: limit on the value that it returns, in bytes.

    Raises:
        OSError: no process can be started.
    """
    try:
        process = _idle.pop()
    except IndexError:
        process = _start()
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    # Both streams are read by threads: a child that fills one pipe while we wait on the other would block for ever. The
    # child keeps its answer within ``size`` itself; these limits are for one that does not.
    answer, messages = _StreamReader(process.stdout, 2 * size + _TRACES), _StreamReader(process.stderr, _TRACES)
    ended = False
    try:
        with contextlib.suppress(BrokenPipeError):  # the child ended early; its exit code shows the reason
            process.stdin.write(request)
            process.stdin.close()
        # Many short waits rather than a long one: after an hour of suspension, only one of them has passed.
        ended = any(answer.ends_within(1.0) for _ in range(math.ceil(_PATIENCE * seconds)))
        if ended:
            process.wait()
    finally:
        # Also after an interrupt of the user, which must not leave a running process.
        process.kill()
        process.wait()
        found = answer.result(), messages.result()
    return process.returncode if ended else None, *found


@contextlib.contextmanager
def children_ready(number: int) -> Iterator[None]:
    """Start child processes that wait for the requests of the block; those that it does not use are stopped.

    A process that starts while this one imports its modules answers without the time that it needs to start.
    """
    # Without processes to spare, the evaluation itself reports that none can be started.
    with contextlib.suppress(OSError):
        _idle.extend(_start() for _ in range(number))
    try:
        yield
    finally:
        while _idle:
            with _idle.pop() as process:
                process.kill()


def _start() -> subprocess.Popen[bytes]:
    # Security: isolated (-I) and without site packages (-S), so that no file in the working directory is imported. This
    # also makes the interpreter start faster.
    command = [sys.executable, "-I", "-S", "-X", "utf8", _CHILD, _LIBRARY]
    environment = {variable: os.environ[variable] for variable in _ENVIRONMENT if variable in os.environ}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)


class _StreamReader:
    """Thread that reads a stream to its end and keeps its beginning."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left, self._kept = stream, most, list[bytes]()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            while chunk := self._stream.read1(1 << 16):  # type: ignore[attr-defined]
                self._kept.append(chunk[: self._left])
                self._left -= len(self._kept[-1])

    def ends_within(self, seconds: float) -> bool:
        """Wait for the end of the stream, and return whether it was reached."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> bytes:
        self._thread.join()
        return b"".join(self._kept)
