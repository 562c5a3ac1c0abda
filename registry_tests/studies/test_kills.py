"""Real drivers and workers, killed at moments that a seed chooses: no finished run is lost, and results are equal."""

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

MakePlan = Callable[..., StudyPlan]
ARMS = {"plain": {"aggregator": "none"}, "mean": {"aggregator": "mean_pool"}}
FILES = ("predictions/validation.jsonl", "data.json", "config.json")
"Files whose bytes an interrupted study must reproduce; metrics.json is compared without durations and memory."


def run_results(folder: Path) -> dict[str, Any]:
    """Return the results of a study's runs by run folder, without durations and memory."""
    found: dict[str, Any] = {}
    for run in StudyReader(folder).read().unique_runs():
        path = folder / run.folder
        metrics = json.loads((path / "metrics.json").read_text(encoding="utf-8"))
        for measured in ("seconds", "examples_per_second", "peak_memory"):
            del metrics["training"][measured]
        found[run.folder] = [metrics, *((path / name).read_bytes() for name in FILES)]
    return found


def finish_times(folder: Path) -> dict[str, int]:
    """Return when the status of each finished run was written, by folder; repeating a run changes its time."""
    study = StudyReader(folder)
    record = study.find()
    states = run_states(study, record) if record else []
    done = [study.path / state.run.folder / "status.json" for state in states if state.state == FINISHED]
    return {path.parent.name: path.stat().st_mtime_ns for path in done}


def status_times(folder: Path) -> set[int]:
    """Return the times of all status files, which change whenever a run starts or ends."""
    found = set()
    for path in folder.glob("runs/*/status.json"):
        # A file may be replaced between listing and reading it.
        with contextlib.suppress(FileNotFoundError):
            found.add(path.stat().st_mtime_ns)
    return found


def start_driver(plan: StudyPlan, folder: Path, jobs: int) -> Any:
    """Start a process that runs a study, and return it."""
    driver = multiprocessing.get_context("fork").Process(
        target=run_study, args=(plan, folder, LocalExecutor(jobs, threads=1), StudyRequest("s"))
    )
    driver.start()
    return driver


def kill_one(driver: Any, of_workers: bool, generator: random.Random) -> None:
    """Send SIGKILL to the driver, or to one of its workers if it has any."""
    workers = psutil.Process(driver.pid).children(recursive=True) if of_workers and driver.is_alive() else []
    victim = generator.choice(workers).pid if workers else driver.pid
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)


def test_a_study_killed_twenty_times_keeps_its_finished_runs_and_its_results(
    make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the kills hit the driver, half a worker. A run takes a tenth of a second and trains nothing."""
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_slowly")
    plan = make_plan(arms=ARMS, seeds=list(range(8)), retries=0)
    undisturbed, folder = tmp_path / "undisturbed", tmp_path / "study"
    assert run_study(plan, undisturbed, LocalExecutor(2, threads=1), StudyRequest("s")).made == 24
    generator = random.Random(6)
    before: dict[str, int] = {}
    for kill in range(20):
        earlier = status_times(folder)
        driver = start_driver(plan, folder, jobs=2)
        if kill % 4 != 3:
            # Three of four kills wait for a run to start; the fourth hits driver and workers while they start.
            wait_for(lambda driver=driver, earlier=earlier: status_times(folder) != earlier or not driver.is_alive())
        time.sleep(generator.uniform(0, 0.3))
        kill_one(driver, of_workers=kill % 2 == 1, generator=generator)
        if kill % 2 == 0:
            driver.join()
        else:
            # The driver survives the death of its worker, so it is killed at a later moment.
            time.sleep(generator.uniform(0, 0.3))
            driver.kill()
            driver.join()
        now = finish_times(folder)
        assert before.items() <= now.items(), "a finished run was lost or repeated"
        before = now
    outcome = run_study(plan, folder, LocalExecutor(2, threads=1), StudyRequest("s"))
    assert (outcome.made + outcome.there, outcome.failed) == (24, [])
    assert before.items() <= finish_times(folder).items()
    assert run_results(folder) == run_results(undisturbed)
    assert not list((folder / "runs").glob("*/.*.part")), "no half-written file is left"


def test_a_killed_training_resumes_from_its_checkpoint_with_the_same_results(
    make_plan: MakePlan, base: dict[str, Any], tmp_path: Path
) -> None:
    """The first kill hits a worker while it trains, the second the driver."""
    plan = make_plan(base={**base, "training": {**base["training"], "epochs": 12}}, seeds=[1], retries=0)
    undisturbed, folder = tmp_path / "undisturbed", tmp_path / "study"
    assert run_study(plan, undisturbed, LocalExecutor(threads=1), StudyRequest("s")).failed == []
    generator = random.Random(1)
    for of_workers in (True, False):
        before = checkpoint_names(folder)
        driver = start_driver(plan, folder, jobs=1)
        wait_for(lambda driver=driver, before=before: checkpoint_names(folder) - before or not driver.is_alive())
        kill_one(driver, of_workers, generator)
        driver.join()
    outcome: StudyOutcome = run_study(plan, folder, LocalExecutor(threads=1), StudyRequest("s"))
    assert (outcome.made, outcome.failed) == (1, [])
    (log,) = folder.glob("runs/*/train.log")
    assert log.read_text(encoding="utf-8").count("resuming from the checkpoint of step") == 2
    assert run_results(folder) == run_results(undisturbed)


def checkpoint_names(folder: Path) -> set[str]:
    """Return the names of the checkpoints of all runs."""
    return {path.name for path in folder.glob("runs/*/checkpoints/step-*")}


def wait_for(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds; fail after two minutes."""
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until, "waited for two minutes"
        time.sleep(0.005)
