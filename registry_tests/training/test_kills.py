"""A run that is killed, again and again, ends with the bits of one that never was."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spanreg.training.run_reader import finished_run

MakeConfig = Callable[..., dict[str, Any]]
KILLS_AT_ANY_TIME, KILLS_WHILE_WRITING = 15, 10


class Forks:
    """Trains in forks of a process that has torch imported already."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("forked_runs.py")
        self.process = subprocess.Popen(
            [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == "ready"

    def train(self, **job: Any) -> int:
        """The exit status."""
        assert self.process.stdin is not None
        print(json.dumps({**job, "folder": str(job["folder"])}), file=self.process.stdin, flush=True)
        return int(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    forks = Forks()
    yield forks
    forks.process.communicate()


def results(folder: Path) -> dict[str, Any]:
    """All that must not depend on whether a run was stopped."""
    metrics = finished_run(folder).read("metrics")
    for timed in ("seconds", "examples_per_second"):
        del metrics["training"][timed]
    names = ("model/model.safetensors", "model/config.json", "predictions/validation.jsonl", "data.json")
    return {"metrics": metrics, **{name: (folder / name).read_bytes() for name in names}}


@pytest.fixture(scope="module")
def config(make_config: MakeConfig) -> dict[str, Any]:
    """Evaluations and log lines that fall between checkpoints, and the best weights at the end."""
    options = {"evaluate_every": 3, "log_every": 3, "checkpoint_every": 2, "load": "best", "metric": "loss"}
    return make_config(options)


@pytest.fixture(scope="module")
def undisturbed(
    forks: Forks, config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], float]:
    """The results of a run that nobody stopped, and how long it took."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    assert forks.train(config=config, folder=folder) == 0  # the first one prepares the data, too
    began = time.perf_counter()
    assert forks.train(config=config, folder=folder.with_name("again")) == 0
    return results(folder), time.perf_counter() - began


def kill_and_resume(
    forks: Forks, config: dict[str, Any], parent: Path, kills: int, how: Callable[[], dict[str, Any]]
) -> list[Path]:
    """Kills runs so many times, and goes on until each is finished; their folders."""
    folders: list[Path] = []
    killed = 0
    while killed < kills:
        folders.append(parent / f"run-{len(folders)}")
        code = forks.train(config=config, folder=folders[-1], **how())
        while code == -signal.SIGKILL:
            killed += 1
            job = how() if killed < kills else {}
            code = forks.train(config=config, folder=folders[-1], resume=True, **job)
        error = Path(f"{folders[-1]}.error")
        assert code == 0, error.read_text() if error.exists() else code
    return folders


def test_killed_at_any_moment(
    forks: Forks, config: dict[str, Any], undisturbed: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    expected, seconds = undisturbed
    moments = random.Random(1)
    folders = kill_and_resume(
        forks, config, tmp_path, KILLS_AT_ANY_TIME, lambda: {"after": moments.uniform(0, seconds)}
    )
    for folder in folders:
        assert results(folder) == expected


def test_killed_in_the_middle_of_a_checkpoint(
    forks: Forks, config: dict[str, Any], undisturbed: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    moments = random.Random(2)
    folders = kill_and_resume(forks, config, tmp_path, KILLS_WHILE_WRITING, lambda: {"fsync": moments.randint(1, 24)})
    for folder in folders:
        assert results(folder) == undisturbed[0]
        assert not list(folder.rglob(".*.part"))
