"""Calls and waiting that the tests of several executors share."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spanreg.executors import Call


def job_call(function: str, **arguments: Any) -> Call:
    """Return a call of a function of ``JOB_FUNCTIONS`` in ``conftest.py``, with the function's name as its own."""
    return Call(function, f"job_functions:{function}", arguments)


def has_ended(process: int) -> bool:
    """Return whether a process does not exist, or is a zombie."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return True
    # The name of the program, in parentheses, may contain spaces; the state follows it.
    return stat.rpartition(")")[2].split()[0] == "Z"


def read_process_id(file: Path) -> int:
    """Wait until the job ``sleep`` has written its process id to a file, and return it."""
    # The file exists for an instant before it has content.
    wait_until(lambda: file.exists() and bool(file.read_text(encoding="utf-8")))
    return int(file.read_text(encoding="utf-8"))


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail after five minutes."""
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "waited for five minutes"
        time.sleep(0.02)
