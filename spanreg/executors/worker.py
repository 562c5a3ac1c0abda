"""A process that makes the calls that come by its standard input: one JSON object a line, one answer a line.

It ends when its standard input does, at once and in the middle of a call: a worker must not outlive the process that
asked for the work, however that one ended. The answers go to the first standard output; whatever a call prints goes to
standard error.
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

_OF_THE_MOMENT: Final = (OSError, MemoryError, RuntimeError)
"Causes of errors that may be gone soon; what torch raises where memory is short is a RuntimeError."
_LASTING: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError, RecursionError)


def main() -> None:
    """Answers until there is nothing more to read."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin, waiting), daemon=True).start()
    while True:
        answers.write(json.dumps(answer(json.loads(waiting.get()))) + "\n")
        answers.flush()


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Return ``{"value": ...}``, or ``{"problem": text, "final": ...}`` where the call raised."""
    try:
        return {"value": call(asked["function"], asked["arguments"])}
    except ConfigurationError as error:
        return {"problem": str(error), "final": not may_pass(error)}
    except Exception as error:
        if fault := fault_of(error):
            return {"problem": str(fault), "final": True}
        return {"problem": f"{type(error).__name__}: {error}"}


def may_pass(error: ConfigurationError) -> bool:
    """Whether an error may be gone when the same is tried again: the network, a disk or memory was the cause.

    Everything else follows from the config and its files, and would follow again.
    """
    return isinstance(error.__cause__, _OF_THE_MOMENT) and not isinstance(error.__cause__, _LASTING)


def call(function: str, arguments: dict[str, Any]) -> Any:
    """Imports ``package.module:function`` and calls it."""
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)(**arguments)


def _read(stream: TextIO, waiting: queue.SimpleQueue[str]) -> None:
    for line in stream:
        waiting.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
