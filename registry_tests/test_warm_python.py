"""Processes of ``WarmPython`` behave like those of the real interpreter."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from registry_tests.warm_python import WarmPython

ECHO_MODULE = """
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
    """Return a folder with a module that prints its surroundings and then ends as its arguments say."""
    (tmp_path / "echo_module.py").write_text(ECHO_MODULE, encoding="utf-8")
    return tmp_path


def start_module(warm: WarmPython, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the module in its folder with these arguments."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [warm.program, "-m", "echo_module", *arguments]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, "WORD": "w"}, text=True, **pipes)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["end"], 0, ""),
        (["exit", "3"], 3, ""),
        (["complain"], 1, "no\n"),
        (["raise"], 1, "ValueError: wrong\n"),
    ],
)
def test_arguments_streams_and_exit_codes_pass_through(
    warm_python: WarmPython, folder: Path, arguments: list[str], code: int, error: str
) -> None:
    process = start_module(warm_python, folder, *arguments)
    output, errors = process.communicate("given\n", timeout=60)
    assert output == f"{arguments} w {folder.name} True given\n"
    assert process.returncode == code
    assert errors.endswith(error)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_client_and_fork(warm_python: WarmPython, folder: Path, signal_number: int) -> None:
    process = start_module(warm_python, folder, "wait")
    assert process.stdin is not None
    process.stdin.close()
    id_file = folder / "process"
    wait_for(lambda: id_file.exists() and id_file.read_text())
    process.send_signal(signal_number)
    assert process.wait(60) == -signal_number
    # The fork ends as well, a moment after its client.
    wait_for(lambda: not Path(f"/proc/{id_file.read_text()}").exists())


def test_other_calls_run_the_real_interpreter(warm_python: WarmPython) -> None:
    command = [warm_python.program, "-c", "import sys; print('torch' in sys.modules, sys.executable)"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output.startswith("False ")
    assert str(warm_python.folder) not in output


def wait_for(condition: object) -> None:
    """Wait until a condition is true, for at most a minute."""
    deadline = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)
