"""A worker process, which reads calls from standard input and writes answers, one JSON object a line.

It ends when its standard input ends, even within a call: a worker must not outlive the process that started it, even if
that was killed. The output of calls goes to standard error.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading
from typing import Any, Final, TextIO

from spanreg.registry import ConfigurationError
from spanreg.registry.faults import fault_of

_TRANSIENT: Final = (OSError, MemoryError, RuntimeError)
"Causes of errors that a second try may not meet; torch raises a RuntimeError if memory is short."
_PERMANENT: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError, RecursionError)
"Subclasses of these whose causes stay."


def main() -> None:
    """Answer calls until standard input ends."""
    # The original standard output carries answers; calls print to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin, waiting), daemon=True).start()
    while True:
        answers.write(json.dumps(answer(json.loads(waiting.get()))) + "\n")
        answers.flush()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return ``{"value": ...}``, or ``{"problem": text, "final": ...}`` if the call raised an error.

    Args:
        request: the ``request`` of a ``Call``.
    """
    try:
        return {"value": call(request["function"], request["arguments"])}
    except ConfigurationError as error:
        return {"problem": str(error), "final": not may_pass(error)}
    # Not BaseException: an interrupt ends the worker, as it should.
    except Exception as error:
        # A bug in a component of the user fails again; anything else unknown may pass.
        if fault := fault_of(error):
            return {"problem": str(fault), "final": True}
        return {"problem": f"{type(error).__name__}: {error}"}


def may_pass(error: ConfigurationError) -> bool:
    """Return whether a second try may succeed: network, disk or memory caused the error.

    Every other error follows from the config and its files.
    """
    return isinstance(error.__cause__, _TRANSIENT) and not isinstance(error.__cause__, _PERMANENT)


def call(function: str, arguments: dict[str, Any]) -> Any:
    """Import ``package.module:function``, and call it."""
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)(**arguments)


def _read(stream: TextIO, waiting: queue.SimpleQueue[str]) -> None:
    """Queue all calls, and end the process at the end of the stream."""
    # In a thread, so that the end is noticed while the main thread makes a call.
    for line in stream:
        waiting.put(line)
    os._exit(0)  # not sys.exit, which would end only this thread


if __name__ == "__main__":
    main()
