"""A program that trains in forks of itself, so that a process to kill costs no import of torch.

It reads one JSON object a line, ``{"config", "folder", "resume", "after", "fsync"}``, and answers each with the exit
status of the fork: negative for a signal. ``after``: seconds until it is killed; ``fsync``: it kills itself at the so
manieth ``fsync`` of a checkpoint.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from spanreg.registry import Params
from spanreg.training import checkpoints
from spanreg.training.quiet import quiet_libraries
from spanreg.training.train import train


def kill_at_fsync(number: int) -> None:
    """Lets this process die in the middle of writing a checkpoint."""
    calls = iter(range(1, number + 1))
    flush, writing = os.fsync, checkpoints.Checkpoints.writing
    inside = False

    def fsync(handle: int) -> None:
        if inside and next(calls, number) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        flush(handle)

    class Watched(checkpoints.Checkpoints):
        def writing(self, step: int) -> Any:
            nonlocal inside
            inside = True
            return writing(self, step)

    os.fsync = fsync
    checkpoints.Checkpoints.writing = Watched.writing  # type: ignore[method-assign]


def run(job: dict[str, Any]) -> None:
    """Trains in this process."""
    if job.get("fsync"):
        kill_at_fsync(job["fsync"])
    train(Params(job["config"]), Path(job["folder"]), resume=job.get("resume", False))


def fork(job: dict[str, Any]) -> int:
    """Trains in a fork, and gives its exit status."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        code = 1
        try:
            run(job)
            code = 0
        except BaseException as error:
            Path(f"{job['folder']}.error").write_text(repr(error), encoding="utf-8")
        finally:
            os._exit(code)
    if job.get("after") is not None:
        time.sleep(job["after"])
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    quiet_libraries()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(f"{fork(json.loads(line))}\n")
        sys.stdout.flush()
