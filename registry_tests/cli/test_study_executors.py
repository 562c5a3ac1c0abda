"""``spanreg study run`` with real trainings: all executors give bit-identical results."""

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
REMOTE_EXECUTORS = {
    "ray": ("ray", "{type: 'ray', jobs: 2}"),
    "slurm": ("submitit", "{type: 'slurm', cluster: 'local', jobs: 2, folder: 'jobs'}"),
}
"By name: the package that the executor needs, and the value of ``--executor``."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, warm_python: WarmPython) -> Path:
    """Return the folder of the study's file and of ``local``, the study that the local executor ran."""
    folder = tmp_path_factory.mktemp("executors")
    (folder / "corpus.txt").write_text(CORPUS, encoding="utf-8")
    (folder / "study.jsonnet").write_text(STUDY % (folder / "corpus.txt"), encoding="utf-8")
    # The number of threads changes the order of sums, and with it the last bits.
    run_study(warm_python, folder, "local", "{type: 'local', jobs: 2, threads: 1}")
    return folder


def run_study(python: WarmPython, folder: Path, name: str, executor: str) -> None:
    """Run the study in a new process, as users do, and check its output: the arm ``bad`` diverges."""
    command = [python.program, "-m", "spanreg", "study", "run", "study.jsonnet", "-s", name, "--executor", executor]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    environment.pop("RAY_ADDRESS", None)
    done = subprocess.run(
        [*command, "--json"], cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 1, done.stderr
    summary = json.loads(done.stdout)
    failed = summary["failed"]
    assert (summary["made"], summary["there"]) == (4, 0), failed
    assert [(failure["arm"], failure["seed"]) for failure in failed] == [("bad", 1), ("bad", 2)]
    assert all("finite" in failure["problem"] for failure in failed), failed


def result_hashes(study: Path) -> dict[str, str]:
    """Return the hashes of weights and predictions of the finished runs, by their paths in the study's folder."""
    files = ("model/model.safetensors", "predictions/validation.jsonl")
    paths = (path for name in files for path in study.glob(f"runs/*/{name}"))
    return {str(path.relative_to(study)): hash_file(path) for path in paths}


@pytest.mark.parametrize("name", REMOTE_EXECUTORS)
def test_results_equal_those_of_the_local_executor(name: str, folder: Path, warm_python: WarmPython) -> None:
    package, executor = REMOTE_EXECUTORS[name]
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed: the extra '{name}' brings it")
    run_study(warm_python, folder, name, executor)
    local = result_hashes(folder / "local")
    assert len(local) == 8  # two files of two seeds of the arms "base" and "plain"
    assert result_hashes(folder / name) == local
