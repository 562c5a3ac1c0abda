"""Files in the working directory do not replace installed modules of the same names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLANTED_MODULE = "print('planted', __name__)\nraise SystemExit(9)\n"
PLANTED_NAMES = (
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
    """Return a folder of files with the names of imported modules; importing one ends the program."""
    for name in PLANTED_NAMES:
        (tmp_path / f"{name}.py").write_text(PLANTED_MODULE)
    return tmp_path


def run_command(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with the package on the import path."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def test_python_m_imports_no_planted_module(folder: Path) -> None:
    process = run_command(folder, sys.executable, "-m", "spanreg", "list", "fusion")
    assert (process.returncode, process.stderr) == (0, "")
    assert "fusion\tconcat" in process.stdout


def test_a_worker_imports_no_planted_module(folder: Path) -> None:
    code = (
        "import sys; sys.path = [path for path in sys.path if path]\n"
        "from spanreg.executors import Call\n"
        "from spanreg.executors.local import LocalExecutor\n"
        "[outcome] = LocalExecutor().run([Call('a', 'os.path:basename', {'p': 'a/b'})])\n"
        "assert outcome.value == 'b', outcome"
    )
    # Without -P, this interpreter itself would import the planted files.
    process = run_command(folder, sys.executable, "-P", "-c", code)
    assert (process.returncode, process.stderr) == (0, "")


def test_a_checkout_works_without_installation(tmp_path: Path) -> None:
    """The package is found in the working directory, which is the last folder of the import path."""
    (tmp_path / "spanreg").symlink_to(ROOT / "spanreg")
    (tmp_path / "json.py").write_text(PLANTED_MODULE)
    process = run_command(tmp_path, sys.executable, "-m", "spanreg", "--version", PYTHONPATH="")
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("spanreg ")


def test_an_import_of_spanreg_keeps_sys_path(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("")
    process = run_command(tmp_path, sys.executable, "-c", "import sys, spanreg, own; assert sys.path[0] == ''")
    assert (process.returncode, process.stderr) == (0, "")
