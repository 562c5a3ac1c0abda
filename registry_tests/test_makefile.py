"""``make`` installs everything on a fresh machine, or reports in one line why it cannot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


def make(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call make with its virtual environment in ``folder``."""
    return subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT), f"VENV={folder / 'venv'}", *arguments],
        # If make started the tests, the environment has its flags.
        env={**os.environ, "MAKEFLAGS": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def script(path: Path, text: str) -> Path:
    """Write an executable shell script, and return its path."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("target", ["demo", "test"])
def test_targets_of_the_readme_exist(target: str, tmp_path: Path) -> None:
    assert f"make {target}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert make("--dry-run", target, folder=tmp_path).returncode == 0


def test_only_make_docs_installs_the_site_generator(tmp_path: Path) -> None:
    # The stamp of a finished installation, so that make runs only the step of the documentation.
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "installed").touch()
    output = make("--dry-run", "docs", folder=tmp_path).stdout
    assert "-e '.[docs]'" in output
    assert "mkdocs build --strict" in output
    script(tmp_path / "bin" / "df", 'echo "Filesystem 1M Used Free"; echo "disk 9000 88 8912"')
    # A stub of python that records its arguments and installs nothing.
    script(tmp_path / "venv" / "bin" / "python", f'echo "$*" >>{tmp_path / "calls"}')
    (tmp_path / "venv" / "installed").unlink()
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    assert make("install", f"PYTHON={sys.executable}", folder=tmp_path, PATH=path).returncode == 0
    (installed,) = re.findall(r"-e \.\[(.*)\] ", (tmp_path / "calls").read_text(encoding="utf-8"))
    assert {"test", "minilm"} <= set(installed.split(","))
    assert "docs" not in installed.split(",")


def test_make_reports_an_old_python(tmp_path: Path) -> None:
    old_python = script(tmp_path / "python3.9", 'if [ "$1" = --version ]; then echo Python 3.9.2; else exit 1; fi')
    output = make("demo", f"PYTHON={old_python}", folder=tmp_path).stderr.splitlines()[0]
    assert output == (
        f"spanreg needs Python 3.11 or newer; '{old_python}' is Python 3.9.2. "
        "Install Python 3.11, or name it: make demo PYTHON=/path/to/python3.11"
    )


def test_make_reports_a_missing_python(tmp_path: Path) -> None:
    output = make("test", "PYTHON=no-such-python", folder=tmp_path).stderr.splitlines()[0]
    assert output.startswith("spanreg needs Python 3.11 or newer; 'no-such-python' is not there. Install")


def test_make_reports_a_missing_venv_package(tmp_path: Path) -> None:
    python_without_venv = script(tmp_path / "python", 'case "$*" in *ensurepip*) exit 1;; esac')
    output = make("demo", f"PYTHON={python_without_venv}", folder=tmp_path).stderr.splitlines()[0]
    assert output == (
        f"'{python_without_venv}' cannot make virtual environments: its venv package is missing. "
        "Install it (Debian, Ubuntu: apt-get install python3-venv), then call make again."
    )


def test_make_needs_free_disk_space(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "df", 'echo "Filesystem 1M Used Free"; echo "disk 900 888 12"')
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    output = make("demo", f"PYTHON={sys.executable}", folder=tmp_path, PATH=path).stderr.splitlines()[0]
    assert output.startswith("The disk is full: 12 MB are free here, and the packages need 3000 MB. Free some")
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    ("pip_error", "message"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full: free 3000 MB here"),
        ("ERROR: No matching distribution found for torch", "The installation failed: ERROR: No matching distribution"),
    ],
)
def test_make_reports_the_error_of_pip(tmp_path: Path, pip_error: str, message: str) -> None:
    script(tmp_path / "bin" / "df", 'echo "Filesystem 1M Used Free"; echo "disk 9000 88 8912"')
    script(tmp_path / "venv" / "python", f'case "$*" in *"-m pip"*) echo "{pip_error}"; exit 1;; esac')
    (tmp_path / "venv" / "bin").mkdir()
    (tmp_path / "venv" / "python").rename(tmp_path / "venv" / "bin" / "python")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    output = make("demo", f"PYTHON={sys.executable}", folder=tmp_path, PATH=path).stderr
    assert message in output
    assert not (tmp_path / "venv" / "installed").exists()
