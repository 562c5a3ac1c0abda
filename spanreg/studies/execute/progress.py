"""State and progress of the runs of a study, read from their folders."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spanreg.storage import DamagedFileError, is_locked, read_object
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.record import PlannedRun, StudyRecord
from spanreg.training.runs.layout import LOCK, PROGRESS, RunFolder

WAITING, RUNNING, FINISHED, FAILED, STOPPED = "waiting", "running", "finished", "failed", "stopped"
"States of a run."


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Progress of one run's training.

    ``RunProgress(step=10, steps=300, loss=0.7)``
    """

    step: int
    steps: int
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """State of one run.

    ``RunState(run, "finished").state``
    """

    run: PlannedRun
    state: str
    "waiting, running, finished, failed, or stopped (resumed when the study is run again)."
    problem: str = ""
    progress: RunProgress | None = None


def write_progress(folder: Path, progress: RunProgress) -> None:
    """Write a run's progress; a concurrent reader sees either the old or the new one."""
    # Renaming is atomic. No fsync: progress is rewritten every second, and a lost one does no harm.
    # The name has the form of all temporary files, so the next session of the run removes it after a kill.
    temporary = folder / f".{PROGRESS}.0.part"
    temporary.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    temporary.replace(folder / PROGRESS)


def read_progress(folder: Path) -> RunProgress | None:
    """Return the progress of a folder's run; None before its first step, or if the file cannot be read."""
    found = _read(folder / PROGRESS)
    step, steps, loss = (found.get(name) for name in ("step", "steps", "loss"))
    # The file has no checksum, as it is rewritten every second.
    if not isinstance(step, int) or not isinstance(steps, int):
        return None
    return RunProgress(step, steps, loss if isinstance(loss, float) else None)


def run_states(folder: StudyReader, record: StudyRecord) -> list[RunState]:
    """Return the state of every run of a study, in order."""
    return [state_of(folder.run_path(run), run) for run in record.runs]


def state_of(path: Path, run: PlannedRun) -> RunState:
    """Return the state of one run."""
    status = RunFolder(path).status() or {}
    state = status.get("state")
    if state is None:
        return RunState(run, WAITING)
    if state == "failed":
        return RunState(run, FAILED, str(status.get("problem", "")))
    if state == "finished":
        return RunState(run, FINISHED)
    # The status of a killed process still says running; the lock is released when a process dies.
    alive = state == "running" and is_locked(path / LOCK)
    return RunState(run, RUNNING if alive else STOPPED, progress=read_progress(path))


def counts(states: list[RunState]) -> Counter[str]:
    """Return the number of runs in each state."""
    return Counter(state.state for state in states)


def _read(path: Path) -> dict[str, Any]:
    """Return the object in a file; an empty one where there is none, or it is damaged."""
    try:
        return read_object(path)
    except DamagedFileError:
        return {}
