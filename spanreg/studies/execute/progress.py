"""How far the runs of a study are, read from their folders: no process need be asked."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spanreg.storage import DamagedFileError, is_locked, read_object
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.record import PlannedRun, StudyRecord
from spanreg.training.runs.layout import LOCK, RunFolder

_PROGRESS = "progress.json"

WAITING, RUNNING, FINISHED, FAILED, STOPPED = "waiting", "running", "finished", "failed", "stopped"


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far one run's training is."""

    step: int
    steps: int
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """What is known of one run."""

    run: PlannedRun
    state: str
    "waiting, running, finished, failed, or stopped (it goes on when the study does)."
    problem: str = ""
    progress: RunProgress | None = None


def write_progress(folder: Path, progress: RunProgress) -> None:
    """Puts a run's progress down; a reader that comes in between sees the one before."""
    temporary = folder / f".{_PROGRESS}.0.part"
    temporary.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    temporary.replace(folder / _PROGRESS)


def read_progress(folder: Path) -> RunProgress | None:
    """Return how far the run of a folder is; None before its first step, or where that cannot be read."""
    found = _read(folder / _PROGRESS)
    step, steps, loss = (found.get(name) for name in ("step", "steps", "loss"))
    if not isinstance(step, int) or not isinstance(steps, int):
        return None
    return RunProgress(step, steps, loss if isinstance(loss, float) else None)


def run_states(folder: StudyReader, record: StudyRecord) -> list[RunState]:
    """The state of every run of a study, in their order."""
    return [state_of(folder.run_path(run), run) for run in record.runs]


def state_of(path: Path, run: PlannedRun) -> RunState:
    """The state of one run."""
    status = RunFolder(path).status() or {}
    state = status.get("state")
    if state is None:
        return RunState(run, WAITING)
    if state == "failed":
        return RunState(run, FAILED, str(status.get("problem", "")))
    if state == "finished":
        return RunState(run, FINISHED)
    alive = state == "running" and is_locked(path / LOCK)
    return RunState(run, RUNNING if alive else STOPPED, progress=read_progress(path))


def counts(states: list[RunState]) -> Counter[str]:
    """How many runs are in each state."""
    return Counter(state.state for state in states)


def _read(path: Path) -> dict[str, Any]:
    """Return the object in a file; an empty one where there is none, or it is damaged."""
    try:
        return read_object(path)
    except DamagedFileError:
        return {}
