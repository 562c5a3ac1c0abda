"""Warm processes behave like those of the real interpreter."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from registry_tests.warm_python import WarmPython

MODULE = """
import os, pathlib, sys, time

before = "torch" in sys.modules
print(sys.argv[1:], os.environ["WORD"], pathlib.Path.cwd().name, before, sys.stdin.read().strip())
if sys.argv[1] == "exit":
    sys.exit(int(sys.argv[2]))
if sys.argv[1] == "complain":
    sys.exit("no")
if sys.argv[1] == "raise":
    raise ValueError("wrong")
if sys.argv[1] == "wait":
    pathlib.Path("process").write_text(str(os.getpid()))
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "of_a_test.py").write_text(MODULE, encoding="utf-8")
    return tmp_path


def start(warm: WarmPython, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [warm.program, "-m", "of_a_test", *arguments]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, "WORD": "w"}, text=True, **pipes)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["end"], 0, ""),
        (["exit", "3"], 3, ""),
        (["complain"], 1, "no\n"),
        (["raise"], 1, "ValueError: wrong\n"),
    ],
)
def test_arguments_files_and_exit_code(
    warm_python: WarmPython, folder: Path, arguments: list[str], code: int, complaint: str
) -> None:
    process = start(warm_python, folder, *arguments)
    said, errors = process.communicate("given\n", timeout=60)
    assert said == f"{arguments} w {folder.name} True given\n"
    assert process.returncode == code
    assert errors.endswith(complaint)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_both(warm_python: WarmPython, folder: Path, number: int) -> None:
    process = start(warm_python, folder, "wait")
    assert process.stdin is not None
    process.stdin.close()
    mark = folder / "process"
    wait_for(lambda: mark.exists() and mark.read_text())
    process.send_signal(number)
    assert process.wait(60) == -number
    # The fork ends as well, a moment after its client.
    wait_for(lambda: not Path(f"/proc/{mark.read_text()}").exists())


def test_other_calls_run_the_real_interpreter(warm_python: WarmPython) -> None:
    command = [warm_python.program, "-c", "import sys; print('torch' in sys.modules, sys.executable)"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("False ")
    assert str(warm_python.folder) not in said


def wait_for(condition: object) -> None:
    until = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.01)
