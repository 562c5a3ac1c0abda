"""Watch a running study: the state of each run, its speed, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import fmean

from spanreg.registry import ConfigurationError
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.progress import FINISHED, RUNNING, RunState, state_of
from spanreg.studies.execute.record import PlannedRun, StudyRecord


@dataclass(frozen=True, slots=True)
class StudySnapshot:
    """The state of a study at one moment.

    ``StudyWatcher(folder, record).look().left``
    """

    states: list[RunState]
    "State of every run, in order; arms of the same config share theirs."
    left: float | None
    "Seconds until all runs are finished; None before there is any progress."
    rates: Mapping[str, float] = field(default_factory=dict)
    "Steps per second of the active runs, by id."


class StudyWatcher:
    """Reads the states of a study's runs repeatedly; a run that was seen finished is not read again.

    ``StudyWatcher(StudyReader(Path("study")), record).look().states``

    Times are durations of a monotonic clock of this object; file dates are not used.

    Parameters:
        folder: the study's folder.
        record: its plan.
        clock: returns seconds.
    """

    def __init__(self, folder: StudyReader, record: StudyRecord, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._runs = record.unique_runs()
        self._clock = clock
        self._began = clock()
        self._origin: float | None = None
        "Start of the measured pace: after workers have started and data are prepared, or when a run has ended."
        self._finished: dict[str, RunState] = {}
        self._seconds: dict[str, float] = {}
        self._first: dict[str, tuple[int, float]] = {}
        self._before = {state.run.id: share_done(state) for state in self._states()}

    def look(self) -> StudySnapshot:
        """Return the current state of the study."""
        states = self._states()
        now = self._clock()
        left = time_left(states, self._before, self._seconds, now - self._measured_since(states, now))
        return StudySnapshot(states, left, {state.run.id: rate for state in states if (rate := self._rate(state, now))})

    def _measured_since(self, states: Sequence[RunState], now: float) -> float:
        """Return the start of the measured pace, which leaves out the slow start of the workers."""
        if self._origin is None:
            if any(state.state == FINISHED and self._before[state.run.id] < 1 for state in states):
                # The run ended before its progress was seen, so only the start of the watch is known.
                self._origin = self._began
            elif any(state.state == RUNNING and state.progress for state in states):
                self._origin = now
        return self._began if self._origin is None else self._origin

    def _states(self) -> list[RunState]:
        return [self._finished.get(run.id) or self._state(run) for run in self._runs]

    def _state(self, run: PlannedRun) -> RunState:
        path = self._folder.run_path(run)
        state = state_of(path, run)
        if state.state == FINISHED:
            self._finished[run.id] = state
            # The report names damaged runs; here such a run only lacks its duration.
            with suppress(ConfigurationError, ValueError, KeyError, TypeError):
                self._seconds[run.id] = float(self._folder.run(run).read("metrics")["training"]["seconds"])
        return state

    def _rate(self, state: RunState, now: float) -> float | None:
        """Return steps per second since progress of the run was first seen."""
        if state.state != RUNNING or state.progress is None:
            return None
        step, since = self._first.setdefault(state.run.id, (state.progress.step, now))
        return (state.progress.step - step) / (now - since) if now > since and state.progress.step > step else None


def share_done(state: RunState) -> float:
    """Return the finished share of a run, from 0 to 1."""
    if state.state == FINISHED:
        return 1.0
    return state.progress.step / state.progress.steps if state.progress and state.progress.steps else 0.0


def time_left(
    states: Sequence[RunState], before: Mapping[str, float], seconds: Mapping[str, float], elapsed: float
) -> float | None:
    """Return the seconds until all runs are finished, at the pace so far.

    A run is weighted by the mean duration of its arm's finished runs, or of all finished runs if its arm has none.

    Args:
        states: current states of the runs.
        before: finished share of each run at the start of the measured time, by id.
        seconds: durations of the finished runs, by id.
        elapsed: seconds since the start of the measured time.
    """
    # Arms differ in cost, so a share of a run is weighted by the duration of its arm's runs.
    known: dict[str, list[float]] = {}
    for state in states:
        if state.run.id in seconds:
            known.setdefault(state.run.arm, []).append(seconds[state.run.id])
    # Without any finished run all are taken as equal, and only shares count.
    usual = fmean(seconds.values()) if seconds else 1.0
    costs = {state.run.id: fmean(known.get(state.run.arm) or [usual]) for state in states}
    done = sum(costs[state.run.id] * (share_done(state) - before.get(state.run.id, 0.0)) for state in states)
    left = sum(costs[state.run.id] * (1 - share_done(state)) for state in states)
    return elapsed * left / done if done > 0 and elapsed > 0 else None
