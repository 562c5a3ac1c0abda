"""The example package of the docs installs offline, and its entry point makes its components available."""

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


def run_module(python: WarmPython, installed: Path, *command: str) -> str:
    """Return the output of ``python -m COMMAND``, which finds the installed package but not its sources."""
    working_directory = installed / "elsewhere"
    working_directory.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{installed / 'site'}"}
    process = subprocess.run(
        [python.program, "-m", *command],
        cwd=working_directory, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def test_list_shows_the_components_of_the_package(installed: Path, warm_python: WarmPython) -> None:
    rows = json.loads(run_module(warm_python, installed, "spanreg", "list", "segmenter", "aggregator", "--json"))
    modules = {row["name"]: row["where"].partition(":")[0] for row in rows}
    assert modules["punctuation"] == "spanreg_punctuation.punctuation"
    assert modules["first_token"] == "spanreg_punctuation.first_token"


def test_check_and_train_use_the_components(installed: Path, warm_python: WarmPython) -> None:
    config = str(installed / "source" / "config.jsonnet")
    assert run_module(warm_python, installed, "spanreg", "check", config).endswith("config.jsonnet: no problems\n")
    run_module(warm_python, installed, "spanreg", "train", config, "-s", "run", "--quiet")
    assert "first_token" in (installed / "elsewhere" / "run" / "config.json").read_text(encoding="utf-8")


def test_the_tests_of_the_package_pass(installed: Path, warm_python: WarmPython) -> None:
    tests = str(installed / "source" / "tests")
    assert "4 passed" in run_module(
        warm_python, installed, "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tests, tests
    )
