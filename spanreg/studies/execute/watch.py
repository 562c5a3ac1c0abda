"""A study seen while it runs: where each run is, how fast, and how long all will take."""

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
    """One look at a study."""

    states: list[RunState]
    "Of every run, in their order; arms of the same config share theirs."
    left: float | None
    "Seconds until all runs are made; None before anything is done."
    rates: Mapping[str, float] = field(default_factory=dict)
    "Steps a second of the runs at work, by id."


class StudyWatcher:
    """Looks at the runs of a study again and again; not at those that it has seen finished.

    Times are durations on a clock that never goes back, taken by this object alone: dates play no part.

    Parameters:
        folder: the study's folder.
        record: its plan.
        clock: seconds, from anywhere.
    """

    def __init__(self, folder: StudyReader, record: StudyRecord, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._runs = record.unique_runs()
        self._clock = clock
        self._began = clock()
        self._origin: float | None = None
        "Since when the pace is measured: not while workers start and data are prepared, unless a run has ended since."
        self._finished: dict[str, RunState] = {}
        self._seconds: dict[str, float] = {}
        self._first: dict[str, tuple[int, float]] = {}
        self._before = {state.run.id: share_done(state) for state in self._states()}

    def look(self) -> StudySnapshot:
        """The study as it is now."""
        states = self._states()
        now = self._clock()
        left = time_left(states, self._before, self._seconds, now - self._measured_since(states, now))
        return StudySnapshot(states, left, {state.run.id: rate for state in states if (rate := self._rate(state, now))})

    def _measured_since(self, states: Sequence[RunState], now: float) -> float:
        """Return when the pace begins to count, so that the start of the workers is not taken for slow training."""
        if self._origin is None:
            if any(state.state == FINISHED and self._before[state.run.id] < 1 for state in states):
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
        """Steps a second since the run was first seen with some."""
        if state.state != RUNNING or state.progress is None:
            return None
        step, since = self._first.setdefault(state.run.id, (state.progress.step, now))
        return (state.progress.step - step) / (now - since) if now > since and state.progress.step > step else None


def share_done(state: RunState) -> float:
    """How much of a run is done, between 0 and 1."""
    if state.state == FINISHED:
        return 1.0
    return state.progress.step / state.progress.steps if state.progress and state.progress.steps else 0.0


def time_left(
    states: Sequence[RunState], before: Mapping[str, float], seconds: Mapping[str, float], elapsed: float
) -> float | None:
    """Seconds until all runs are made, at the pace so far.

    A run counts as much as the finished runs of its arm took on average; without any, as all finished runs did.

    Args:
        states: where the runs are now.
        before: the share of each that was done when the time began, by id.
        seconds: how long the finished ones took, by id.
        elapsed: time since.
    """
    known: dict[str, list[float]] = {}
    for state in states:
        if state.run.id in seconds:
            known.setdefault(state.run.arm, []).append(seconds[state.run.id])
    usual = fmean(seconds.values()) if seconds else 1.0
    costs = {state.run.id: fmean(known.get(state.run.arm) or [usual]) for state in states}
    done = sum(costs[state.run.id] * (share_done(state) - before.get(state.run.id, 0.0)) for state in states)
    left = sum(costs[state.run.id] * (1 - share_done(state)) for state in states)
    return elapsed * left / done if done > 0 and elapsed > 0 else None
