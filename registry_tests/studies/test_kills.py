"""Drivers and workers, real processes, killed at seeded moments: nothing finished is lost, and the end is the same."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from spanreg.executors.local import LocalExecutor
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.progress import FINISHED, run_states
from spanreg.studies.execute.run import StudyOutcome, StudyRequest, run_study

pytestmark = pytest.mark.usefixtures("warm_processes")

Make = Callable[..., StudyPlan]
ARMS = {"plain": {"aggregator": "none"}, "mean": {"aggregator": "mean_pool"}}
FILES = ("predictions/validation.jsonl", "data.json", "config.json")


def figures(folder: Path) -> dict[str, Any]:
    """All that a study's runs found out, by run folder and file; how long they took is left out."""
    found: dict[str, Any] = {}
    for run in StudyReader(folder).read().unique_runs():
        path = folder / run.folder
        metrics = json.loads((path / "metrics.json").read_text(encoding="utf-8"))
        del metrics["training"]["seconds"], metrics["training"]["examples_per_second"]
        found[run.folder] = [metrics, *((path / name).read_bytes() for name in FILES)]
    return found


def finished(folder: Path) -> dict[str, int]:
    """When the status of each finished run was written, by folder: a run that is made again is written again."""
    study = StudyReader(folder)
    record = study.find()
    states = run_states(study, record) if record else []
    done = [study.path / state.run.folder / "status.json" for state in states if state.state == FINISHED]
    return {path.parent.name: path.stat().st_mtime_ns for path in done}


def statuses(folder: Path) -> set[int]:
    """Changes whenever a run begins or ends."""
    found = set()
    for path in folder.glob("runs/*/status.json"):
        with contextlib.suppress(FileNotFoundError):
            found.add(path.stat().st_mtime_ns)
    return found


def drive(plan: StudyPlan, folder: Path, jobs: int) -> Any:
    """A driver in a process of its own."""
    driver = multiprocessing.get_context("fork").Process(
        target=run_study, args=(plan, folder, LocalExecutor(jobs, threads=1), StudyRequest("s"))
    )
    driver.start()
    return driver


def kill_one(driver: Any, of_workers: bool, generator: random.Random) -> None:
    """SIGKILL to the driver, or to one of its workers if it has any."""
    workers = psutil.Process(driver.pid).children(recursive=True) if of_workers and driver.is_alive() else []
    victim = generator.choice(workers).pid if workers else driver.pid
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)


def test_twenty_kills(make_plan: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of them of the driver, half of a worker; runs are pretended and take a tenth of a second."""
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_slowly")
    plan = make_plan(arms=ARMS, seeds=list(range(8)), retries=0)
    undisturbed, folder = tmp_path / "undisturbed", tmp_path / "study"
    assert run_study(plan, undisturbed, LocalExecutor(2, threads=1), StudyRequest("s")).made == 24
    generator = random.Random(6)
    before: dict[str, int] = {}
    for kill in range(20):
        begun = statuses(folder)
        driver = drive(plan, folder, jobs=2)
        if kill % 4 != 3:
            # once something is at work; every fourth time in the first moments of driver and workers
            wait_for(lambda driver=driver, begun=begun: statuses(folder) != begun or not driver.is_alive())
        time.sleep(generator.uniform(0, 0.3))
        kill_one(driver, of_workers=kill % 2 == 1, generator=generator)
        if kill % 2 == 0:
            driver.join()
        else:
            # the driver goes on after its worker's death; it is its turn now, at another moment
            time.sleep(generator.uniform(0, 0.3))
            driver.kill()
            driver.join()
        now = finished(folder)
        assert before.items() <= now.items(), "a finished run was lost or made again"
        before = now
    end = run_study(plan, folder, LocalExecutor(2, threads=1), StudyRequest("s"))
    assert (end.made + end.there, end.failed) == (24, [])
    assert before.items() <= finished(folder).items()
    assert figures(folder) == figures(undisturbed)
    assert not list((folder / "runs").glob("*/.*.part")), "what was half-written is cleared away"


def test_kills_of_a_real_training(make_plan: Make, base: dict[str, Any], tmp_path: Path) -> None:
    """A worker while it trains, then the driver; the restarted study goes on from the last checkpoint."""
    plan = make_plan(base={**base, "training": {**base["training"], "epochs": 12}}, seeds=[1], retries=0)
    undisturbed, folder = tmp_path / "undisturbed", tmp_path / "study"
    assert run_study(plan, undisturbed, LocalExecutor(threads=1), StudyRequest("s")).failed == []
    generator = random.Random(1)
    for of_workers in (True, False):
        before = checkpoints(folder)
        driver = drive(plan, folder, jobs=1)
        wait_for(lambda driver=driver, before=before: checkpoints(folder) - before or not driver.is_alive())
        kill_one(driver, of_workers, generator)
        driver.join()
    end: StudyOutcome = run_study(plan, folder, LocalExecutor(threads=1), StudyRequest("s"))
    assert (end.made, end.failed) == (1, [])
    (log,) = folder.glob("runs/*/train.log")
    assert log.read_text(encoding="utf-8").count("resuming from the checkpoint of step") == 2
    assert figures(folder) == figures(undisturbed)


def checkpoints(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("runs/*/checkpoints/step-*")}


def wait_for(what: Callable[[], Any]) -> None:
    until = time.monotonic() + 120
    while not what():
        assert time.monotonic() < until, "waited for two minutes"
        time.sleep(0.005)
