"""No file in the working directory replaces a module."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLANTED = "print('planted', __name__)\nraise SystemExit(9)\n"
MODULES = (
    "json",
    "re",
    "inspect",
    "logging",
    "argparse",
    "__future__",
    "rich",
    "torch",
    "transformers",
    "numpy",
    "own",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files that have the names of imported modules, and end the program if they are imported."""
    for name in MODULES:
        (tmp_path / f"{name}.py").write_text(PLANTED)
    return tmp_path


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_under_python_m(folder: Path) -> None:
    done = run(folder, sys.executable, "-m", "spanreg", "list", "fusion")
    assert (done.returncode, done.stderr) == (0, "")
    assert "fusion\tconcat" in done.stdout


def test_in_a_worker(folder: Path) -> None:
    code = (
        "import sys; sys.path = [path for path in sys.path if path]\n"
        "from spanreg.executors import Call\n"
        "from spanreg.executors.local import LocalExecutor\n"
        "[outcome] = LocalExecutor().run([Call('a', 'os.path:basename', {'p': 'a/b'})])\n"
        "assert outcome.value == 'b', outcome"
    )
    # With -P, since the interpreter of this command would read the planted files itself.
    done = run(folder, sys.executable, "-P", "-c", code)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_checkout_that_is_not_installed(tmp_path: Path) -> None:
    """The package itself is found in the working directory, which comes after all other folders."""
    (tmp_path / "spanreg").symlink_to(ROOT / "spanreg")
    (tmp_path / "json.py").write_text(PLANTED)
    done = run(tmp_path, sys.executable, "-m", "spanreg", "--version", PYTHONPATH="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("spanreg ")


def test_python_code_keeps_its_path(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("")
    done = run(tmp_path, sys.executable, "-c", "import sys, spanreg, own; assert sys.path[0] == ''")
    assert (done.returncode, done.stderr) == (0, "")
