"""A module of functions for the executors to call."""

from __future__ import annotations

from pathlib import Path

import pytest

# ``double`` also prints: the output of a call must not mix with the worker's answers, which go to standard output.
JOB_FUNCTIONS = """
import os, pathlib, signal, time

def double(number):
    print("not an answer")
    return 2 * number

def fail(text):
    raise ValueError(text)

def die(code):
    os._exit(code)

def kill_first_process(mark):
    path = pathlib.Path(mark)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"

def threads_and_process():
    return [os.environ["OMP_NUM_THREADS"], os.getpid()]

def visible_gpus(seconds):
    time.sleep(seconds)
    return os.environ.get("CUDA_VISIBLE_DEVICES")

def sleep(mark):
    pathlib.Path(mark).write_text(str(os.getpid()))
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def job_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write ``JOB_FUNCTIONS`` as an importable module, which workers find by the module search path of the test."""
    (tmp_path / "job_functions.py").write_text(JOB_FUNCTIONS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
