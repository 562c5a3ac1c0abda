"""The example package of the docs is installed, offline, and used through its entry point."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from registry_tests.warm_python import WarmPython

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "spanreg-punctuation"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the installed package in ``site``, and a copy of its sources in ``source``."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    pip = [sys.executable, "-m", "pip", "install", *offline, "--target", str(folder / "site"), str(folder / "source")]
    subprocess.run(pip, check=True, capture_output=True)
    assert (folder / "site" / "spanreg_punctuation" / "punctuation.py").is_file()
    return folder


def run(python: WarmPython, installed: Path, *command: str) -> str:
    """Return the output of a Python command in a folder where only the installed package is found, not its sources."""
    elsewhere = installed / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{installed / 'site'}"}
    done = subprocess.run(
        [python.program, "-m", *command],
        cwd=elsewhere, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_list_shows_its_components(installed: Path, warm_python: WarmPython) -> None:
    rows = json.loads(run(warm_python, installed, "spanreg", "list", "segmenter", "aggregator", "--json"))
    where = {row["name"]: row["where"].partition(":")[0] for row in rows}
    assert where["punctuation"] == "spanreg_punctuation.punctuation"
    assert where["first_token"] == "spanreg_punctuation.first_token"


def test_check_and_train_take_them(installed: Path, warm_python: WarmPython) -> None:
    config = str(installed / "source" / "config.jsonnet")
    assert run(warm_python, installed, "spanreg", "check", config).endswith("config.jsonnet: no problems\n")
    run(warm_python, installed, "spanreg", "train", config, "-s", "run", "--quiet")
    assert "first_token" in (installed / "elsewhere" / "run" / "config.json").read_text(encoding="utf-8")


def test_its_own_tests_pass(installed: Path, warm_python: WarmPython) -> None:
    tests = str(installed / "source" / "tests")
    assert "4 passed" in run(
        warm_python, installed, "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tests, tests
    )
