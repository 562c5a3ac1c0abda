"""A study seen while it runs, on a clock of the test's own."""

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
    arms = [PlannedArm("fast", {}), PlannedArm("slow", {}), PlannedArm("same", {})]
    shared = PlannedRun("fast1", "same", 1, "runs/fast1")
    return StudyRecord("s", "", "fast", None, None, 0.0, [], arms, [*RUNS, shared], "code")


def put(path: Path, state: str, seconds: float | None = None, **status: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / "status.json").write_text(json.dumps({"state": state, **status}), encoding="utf-8")
    if seconds is not None:
        (path / "metrics.json").write_text(json.dumps({"training": {"seconds": seconds}}), encoding="utf-8")
    return path


def test_states_rates_and_time_left(tmp_path: Path) -> None:
    now = [100.0]
    runs = tmp_path / "runs"
    put(runs / "fast1", "finished", seconds=10)
    watch = StudyWatcher(StudyReader(tmp_path), record(), clock=lambda: now[0])
    assert watch.look().left is None, "nothing was done since"
    slow = put(runs / "slow1", "running")
    with locked(slow / ".lock"):
        write_progress(slow, RunProgress(10, 40, 0.5))
        watch.look()
        now[0] += 20
        write_progress(slow, RunProgress(20, 40, 0.25))
        glance = watch.look()
    assert [state.state for state in glance.states] == ["finished", "running", "waiting", "waiting"]
    assert glance.rates == {"slow1": 0.5}
    assert glance.states[1].progress == RunProgress(20, 40, 0.25)
    # half a run in 20 s, and two and a half to come
    assert glance.left == pytest.approx(100)
    put(slow, "finished", seconds=30)
    assert watch.look().left == pytest.approx(20 * (10 + 30) / 30), "a slow arm's next run is slow, too"


def test_a_run_whose_process_was_killed_is_not_at_work(tmp_path: Path) -> None:
    put(tmp_path / "runs" / "fast1", "running")
    assert StudyWatcher(StudyReader(tmp_path), record()).look().states[0].state == "stopped"


def test_dates_play_no_part(tmp_path: Path) -> None:
    """Where a clock went back, runs ended before they began."""
    put(tmp_path / "runs" / "fast1", "finished", started="2031-01-01T00:00:00+00:00", ended="1999-01-01T00:00:00+00:00")
    put(tmp_path / "runs" / "slow1", "failed", problem="no", started="2031-01-01T00:00:00+00:00")
    states = StudyWatcher(StudyReader(tmp_path), record()).look().states
    assert [(state.state, state.problem) for state in states[:2]] == [("finished", ""), ("failed", "no")]


def test_time_left_counts_what_was_done_before_only_as_done() -> None:
    states = [RunState(RUNS[0], "finished"), RunState(RUNS[2], "stopped", progress=RunProgress(5, 10))]
    assert time_left(states, {"fast1": 1.0, "fast2": 0.25}, {"fast1": 3.0}, elapsed=4) == pytest.approx(8)
    assert time_left(states, {"fast1": 1.0, "fast2": 0.5}, {"fast1": 3.0}, elapsed=4) is None


def test_the_start_of_the_workers_is_not_taken_for_slow_training(tmp_path: Path) -> None:
    now = [0.0]
    watch = StudyWatcher(StudyReader(tmp_path), record(), clock=lambda: now[0])
    fast = put(tmp_path / "runs" / "fast1", "running")
    with locked(fast / ".lock"):
        now[0] = 60
        assert watch.look().left is None, "packages are imported, and data prepared"
        write_progress(fast, RunProgress(1, 100, 0.5))
        watch.look()
        now[0] = 70
        write_progress(fast, RunProgress(21, 100, 0.5))
        left = watch.look().left
    assert left == pytest.approx(10 * 3.79 / 0.21), "at two steps a second, four runs of 100"
