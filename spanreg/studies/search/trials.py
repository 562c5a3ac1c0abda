"""The trials of a search in Optuna's storage."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.exceptions import StorageInternalError
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from spanreg.registry import ConfigurationError
from spanreg.storage import hash_json, is_locked, locked, name_fault
from spanreg.studies.define.spaces.search_space import SearchConfig
from spanreg.text.reasons import reason_of
from spanreg.training.runs.session import discard_weights

SETTING, FOLDER, PROBLEM, PLACE = "setting", "folder", "problem", "place"
"Names of the attributes that we store with a trial."

STORAGE_FAULTS = (StorageInternalError, SQLAlchemyError)
"Exceptions of a storage that cannot be reached, is full or damaged."

_LOOKS = 1.0
"Seconds between two reads of the storage for the watcher."

_STATES = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}


@dataclass(frozen=True, slots=True)
class SearchTrial:
    """One setting and its figure.

    ``SearchTrial(0, "finished", 0.81, {"training.learning_rate": 3e-5})``
    """

    number: int
    state: str
    "finished, pruned, failed, or running."
    value: float | None
    "Its figure; the last one of a pruned trial."
    setting: dict[str, Any]
    "Values by key of the config."
    folder: str = ""
    "Its run folder in that of the search; empty if an earlier trial had the same setting."
    problem: str = ""


Direction = Literal["minimize", "maximize"]
"The better direction of a figure, in Optuna's words."


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn errors of the trials' storage into one error for the user.

    Raises:
        ConfigurationError: the storage cannot be reached, is full or damaged. Its address, which may contain a
            password, is not shown.
    """
    try:
        yield
    except STORAGE_FAULTS as error:
        # SQLAlchemy's own text holds the whole statement; the database's error is in ``orig``.
        cause = getattr(error, "orig", None) or error.__cause__ or error
        raise ConfigurationError(
            f"the storage of the trials cannot be used ({reason_of(cause)})",
            path="search.storage",
            hint="free some space, check its address, or search in another folder: its trials are kept",
        ) from error


def open_trials(storage: str, name: str, search: SearchConfig, direction: Direction) -> optuna.Study:
    """Return the trials under a name, empty at first."""
    # Optuna logs every trial by default, which ``watched`` shows already.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(search.startup) if search.prune else optuna.pruners.NopPruner()
    return optuna.create_study(
        storage=storage, study_name=name, pruner=pruner, direction=direction, load_if_exists=True
    )


def begin_trial(trials: optuna.Study, search: SearchConfig) -> optuna.Trial | None:
    """Return the next trial; None if there are as many as requested.

    A proposal depends only on the random seed and the earlier trials, so a resumed search continues like an
    uninterrupted one. Concurrent trials do not see each other's results, and have different numbers.
    """
    if spent(trials) >= search.trials:
        return None
    # ask() stores the trial at once, so that a concurrent process counts it.
    trial = trials.ask()
    before = sum(_counts(other) for other in trials.get_trials(deepcopy=False) if other.number < trial.number)
    if before >= search.trials:
        # Another process has started the last trial in the meantime.
        trials.tell(trial, state=TrialState.FAIL)
        return None
    # Optuna draws values when they are requested, so setting the sampler here is early enough. The seed contains the
    # number of earlier trials that count: no two trials that count share it, and an interrupted one does not shift it.
    # Eight hexadecimal digits are the 32 bits that a seed of NumPy has.
    trials.sampler = TPESampler(seed=int(hash_json({"seed": search.seed, "trial": before})[:8], 16))
    return trial


def spent(trials: optuna.Study) -> int:
    """Return the number of trials that count: started and not interrupted."""
    return sum(map(_counts, trials.get_trials(deepcopy=False)))


def resume_trials(trials: optuna.Study, folder: Path) -> None:
    """Enqueue the trials of this folder again whose process has ended.

    Trials that still run are left alone: those of cluster jobs that outlived their driver, and those of other folders
    in a shared storage.
    """
    for trial in trials.get_trials(states=(TrialState.RUNNING,)):
        # A process that was killed right after ask() has recorded no place; its trial counts as one of this folder.
        if trial.user_attrs.get(PLACE, str(folder)) != str(folder) or is_locked(lock_of(folder, trial.number)):
            continue
        # Before the trial is ended: a full disk stops the removal, and only an unfinished trial comes here again.
        # The storage may come from a stranger, and what it names is removed.
        if not name_fault(trial.user_attrs.get(FOLDER, "")):
            discard_weights(folder / trial.user_attrs[FOLDER])
        trials.tell(trial.number, state=TrialState.FAIL)
        # An interrupted trial is repeated with the same values, so that proposals stay those of an uninterrupted
        # search. A trial with a problem was not interrupted: only its end is missing in the storage.
        if trial.params and PROBLEM not in trial.user_attrs:
            trials.enqueue_trial(trial.params)


@contextmanager
def held_trial(trial: optuna.Trial, folder: Path) -> Iterator[None]:
    """Lock a trial while the block runs, so that others see it as active."""
    trial.set_user_attr(PLACE, str(folder))
    with locked(lock_of(folder, trial.number)):
        yield


def lock_of(folder: Path, number: int) -> Path:
    """Return the lock file of a trial."""
    return folder / f".trial-{number:04}.lock"


def all_trials(trials: optuna.Study) -> list[SearchTrial]:
    """Return all trials that count, in the order of their start."""
    return [_trial(trial) for trial in trials.get_trials(deepcopy=False) if _counts(trial)]


@contextmanager
def watched(trials: optuna.Study, watch: Callable[[list[SearchTrial]], None] | None) -> Iterator[None]:
    """Call ``watch`` with all trials now, each second from a thread while the block runs, and at its end."""
    if watch is None:
        yield
        return
    # An event rather than a flag, so that the thread stops without waiting for its next read.
    over = threading.Event()

    def look() -> None:
        # The processes that make trials report a storage that is busy or unreachable; the watcher skips one read.
        with suppress(StorageInternalError):
            watch(all_trials(trials))

    def keep_looking() -> None:
        while not over.wait(_LOOKS):
            look()

    look()
    watcher = threading.Thread(target=keep_looking, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        look()


def best_trial(trials: optuna.Study) -> SearchTrial | None:
    """Return the best finished trial, the first of equals; None if there is none."""
    finished = trials.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    found = [trial for trial in finished if _finite(trial.value) is not None]
    # max() with the negative number prefers the earlier trial among equal values. Optuna's type of a value allows None,
    # which no finished trial has.
    sign = -1 if trials.direction == optuna.study.StudyDirection.MINIMIZE else 1
    best = max(found, key=lambda trial: (sign * (trial.value or 0.0), -trial.number), default=None)
    return None if best is None else _trial(best)


def earlier_value(trials: optuna.Study, trial: optuna.Trial) -> float | None:
    """Return the figure of a finished trial with the same setting; None if there is none."""
    finished = trials.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return next((other.value for other in finished if other.params == trial.params), None)


def _counts(trial: FrozenTrial) -> bool:
    """Return whether a trial counts: it does not wait, and was not interrupted."""
    return trial.state != TrialState.WAITING and not (
        trial.state == TrialState.FAIL and PROBLEM not in trial.user_attrs
    )


def _finite(value: float | None) -> float | None:
    """Return a figure; None if it is not a finite number, which the results of a search cannot have."""
    return value if value is not None and math.isfinite(value) else None


def _trial(trial: FrozenTrial) -> SearchTrial:
    """Return a trial of the storage, which may come from a stranger, as a plain value."""
    facts = trial.user_attrs
    values = trial.intermediate_values
    value = values[max(values)] if trial.state == TrialState.PRUNED and values else trial.value
    # A name with a path in it would lead readers out of the search's folder.
    folder = "" if name_fault(facts.get(FOLDER, "")) else facts[FOLDER]
    return SearchTrial(
        trial.number, _STATES[trial.state], _finite(value), facts.get(SETTING, {}), folder, facts.get(PROBLEM, "")
    )
