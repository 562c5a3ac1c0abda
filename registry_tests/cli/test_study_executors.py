"""``spanreg study run`` with real trainings: every executor gives bit-identical results."""

from __future__ import annotations

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from registry_tests.warm_python import WarmPython
from spanreg.storage import hash_file

CORPUS = "the red fox saw a brown bear . the red fox ran . a brown bear slept .\n" * 10
STUDY = """{
  base: {
    data: {type: 'demo', limit: 32},
    encoder: {type: 'tiny', dim: 16, layers: 1},
    dictionary: {type: 'ngram', corpus: '%s'},
    training: {epochs: 1, batch_size: 16, max_tokens: 32},
  },
  seeds: [1, 2],
  arms: {plain: {aggregator: 'none'}, bad: {training: {learning_rate: 1e30}}},
  retries: 0,
}"""
EXECUTORS = {
    "ray": ("ray", "{type: 'ray', jobs: 2}"),
    "slurm": ("submitit", "{type: 'slurm', cluster: 'local', jobs: 2, folder: 'jobs'}"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, warm_python: WarmPython) -> Path:
    """The folder of the study's file, with the study as the executor ``local`` made it."""
    folder = tmp_path_factory.mktemp("executors")
    (folder / "corpus.txt").write_text(CORPUS, encoding="utf-8")
    (folder / "study.jsonnet").write_text(STUDY % (folder / "corpus.txt"), encoding="utf-8")
    run(warm_python, folder, "local", "{type: 'local', jobs: 2, threads: 1}")  # threads, too, decide on the last bits
    return folder


def run(python: WarmPython, folder: Path, name: str, executor: str) -> None:
    """Run the study in a new process, as users do, and check its output."""
    command = [python.program, "-m", "spanreg", "study", "run", "study.jsonnet", "-s", name, "--executor", executor]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    environment.pop("RAY_ADDRESS", None)
    made = subprocess.run(
        [*command, "--json"], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert made.returncode == 1, made.stderr
    end = json.loads(made.stdout)
    assert (end["made"], end["there"]) == (4, 0), end["failed"]
    assert [(one["arm"], one["seed"]) for one in end["failed"]] == [("bad", 1), ("bad", 2)]
    assert all("finite" in one["problem"] for one in end["failed"]), end["failed"]


def made(folder: Path) -> dict[str, str]:
    """Hashes of weights and predictions of the finished runs, by place within the study's folder."""
    files = ("model/model.safetensors", "predictions/validation.jsonl")
    found = (path for name in files for path in folder.glob(f"runs/*/{name}"))
    return {str(path.relative_to(folder)): hash_file(path) for path in found}


@pytest.mark.parametrize("name", EXECUTORS)
def test_the_same_bits_as_made_locally(name: str, folder: Path, warm_python: WarmPython) -> None:
    package, executor = EXECUTORS[name]
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed: the extra '{name}' brings it")
    run(warm_python, folder, name, executor)
    local = made(folder / "local")
    assert len(local) == 8
    assert made(folder / name) == local
