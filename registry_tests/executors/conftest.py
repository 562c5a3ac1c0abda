"""A module of functions that a test lets an executor call."""

from __future__ import annotations

from pathlib import Path

import pytest

WORK = """
import os, pathlib, signal, time

def double(number):
    print("this is no answer")
    return 2 * number

def fail(text):
    raise ValueError(text)

def die(code):
    os._exit(code)

def kill_once(mark):
    path = pathlib.Path(mark)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"

def about(_):
    return [os.environ["OMP_NUM_THREADS"], os.getpid()]

def sleep(mark):
    pathlib.Path(mark).write_text(str(os.getpid()))
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work_of_a_test.py").write_text(WORK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
