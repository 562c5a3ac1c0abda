"""The states, speed and time left of a running study, measured with a clock that the test sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.storage import locked
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.progress import RunProgress, RunState, write_progress
from spanreg.studies.execute.record import PlannedArm, PlannedRun, StudyRecord
from spanreg.studies.execute.watch import StudyWatcher, time_left

RUNS = [PlannedRun(f"{arm}{seed}", arm, seed, f"runs/{arm}{seed}") for seed in (1, 2) for arm in ("fast", "slow")]


def record() -> StudyRecord:
    """Return the record of two arms under two seeds, and of a third arm that shares a run of the first."""
    arms = [PlannedArm("fast", {}), PlannedArm("slow", {}), PlannedArm("same", {})]
    shared = PlannedRun("fast1", "same", 1, "runs/fast1")
    return StudyRecord("s", "", "fast", None, None, 0.0, [], arms, [*RUNS, shared], "code")


def write_run(path: Path, state: str, seconds: float | None = None, **status: str) -> Path:
    """Write the status of a run and its training time, and return its folder."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "status.json").write_text(json.dumps({"state": state, **status}), encoding="utf-8")
    if seconds is not None:
        (path / "metrics.json").write_text(json.dumps({"training": {"seconds": seconds}}), encoding="utf-8")
    return path


def test_a_snapshot_has_states_rates_and_time_left(tmp_path: Path) -> None:
    now = [100.0]
    runs = tmp_path / "runs"
    write_run(runs / "fast1", "finished", seconds=10)
    watcher = StudyWatcher(StudyReader(tmp_path), record(), clock=lambda: now[0])
    assert watcher.look().left is None, "no run has progressed since the watcher started"
    slow = write_run(runs / "slow1", "running")
    with locked(slow / ".lock"):
        write_progress(slow, RunProgress(10, 40, 0.5))
        watcher.look()
        now[0] += 20
        write_progress(slow, RunProgress(20, 40, 0.25))
        snapshot = watcher.look()
    assert [state.state for state in snapshot.states] == ["finished", "running", "waiting", "waiting"]
    assert snapshot.rates == {"slow1": 0.5}
    assert snapshot.states[1].progress == RunProgress(20, 40, 0.25)
    # Half a run has taken 20 seconds, and two and a half runs are left.
    assert snapshot.left == pytest.approx(100)
    write_run(slow, "finished", seconds=30)
    # The other runs of an arm are expected to take as long as its finished ones.
    assert watcher.look().left == pytest.approx(20 * (10 + 30) / 30)


def test_a_running_status_without_a_process_counts_as_stopped(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "fast1", "running")
    assert StudyWatcher(StudyReader(tmp_path), record()).look().states[0].state == "stopped"


def test_the_dates_of_runs_are_ignored(tmp_path: Path) -> None:
    """If the clock goes back, a run may end before it starts."""
    write_run(
        tmp_path / "runs" / "fast1", "finished", started="2031-01-01T00:00:00+00:00", ended="1999-01-01T00:00:00+00:00"
    )
    write_run(tmp_path / "runs" / "slow1", "failed", problem="no", started="2031-01-01T00:00:00+00:00")
    states = StudyWatcher(StudyReader(tmp_path), record()).look().states
    assert [(state.state, state.problem) for state in states[:2]] == [("finished", ""), ("failed", "no")]


def test_earlier_progress_does_not_count_for_the_speed() -> None:
    # A quarter of the second run has taken four seconds, and half of it is left.
    states = [RunState(RUNS[0], "finished"), RunState(RUNS[2], "stopped", progress=RunProgress(5, 10))]
    assert time_left(states, {"fast1": 1.0, "fast2": 0.25}, {"fast1": 3.0}, elapsed=4) == pytest.approx(8)
    assert time_left(states, {"fast1": 1.0, "fast2": 0.5}, {"fast1": 3.0}, elapsed=4) is None


def test_the_start_of_the_workers_does_not_count_as_slow_training(tmp_path: Path) -> None:
    now = [0.0]
    watcher = StudyWatcher(StudyReader(tmp_path), record(), clock=lambda: now[0])
    fast = write_run(tmp_path / "runs" / "fast1", "running")
    with locked(fast / ".lock"):
        now[0] = 60
        assert watcher.look().left is None, "workers import packages and prepare data"
        write_progress(fast, RunProgress(1, 100, 0.5))
        watcher.look()
        now[0] = 70
        write_progress(fast, RunProgress(21, 100, 0.5))
        left = watcher.look().left
    # Of four runs, 0.21 are done in the ten seconds since the first progress.
    assert left == pytest.approx(10 * 3.79 / 0.21)
