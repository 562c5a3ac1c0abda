"""The trials of a search as Optuna's storage keeps them."""

from __future__ import annotations

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
from spanreg.studies.define.search_space import Search
from spanreg.training.runs.session import discard_weights

SETTING, FOLDER, PROBLEM, PLACE = "setting", "folder", "problem", "place"
"Names under which a trial keeps facts of ours."

_LOOKS = 1.0
"Seconds between two looks at trials that are made elsewhere."

_STATES = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}


@dataclass(frozen=True, slots=True)
class SearchTrial:
    """One setting that was tried."""

    number: int
    state: str
    "finished, pruned, failed, or running."
    value: float | None
    "Its figure; of one that was pruned the last."
    setting: dict[str, Any]
    "Values by key of the config."
    folder: str = ""
    "Its run folder, below that of the search; none where an earlier trial had the same setting."
    problem: str = ""


Direction = Literal["minimize", "maximize"]


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn what the storage of the trials raises into one error for the user.

    Raises:
        ConfigurationError: the storage cannot be reached, is full or damaged. Its address, which may hold a password,
            is not shown.
    """
    try:
        yield
    except (StorageInternalError, SQLAlchemyError) as error:
        cause = getattr(error, "orig", None) or error.__cause__ or error
        raise ConfigurationError(
            f"the storage of the trials cannot be used ({str(cause).splitlines()[0]})",
            path="search.storage",
            hint="free some space, check its address, or search in another folder: the trials that it holds are kept",
        ) from error


def open_trials(storage: str, name: str, search: Search, direction: Direction) -> optuna.Study:
    """The trials of a name; without any where there are none yet."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(search.startup) if search.prune else optuna.pruners.NopPruner()
    return optuna.create_study(
        storage=storage, study_name=name, pruner=pruner, direction=direction, load_if_exists=True
    )


def begin_trial(trials: optuna.Study, search: Search) -> optuna.Trial | None:
    """The next trial; None where there are as many as are wanted.

    What is proposed depends on the seed and the trials before alone, so a search that was stopped goes on as if it had
    not been. Trials that are made at the same time do not know of each other's ends, and have numbers of their own.
    """
    if spent(trials) >= search.trials:
        return None
    trial = trials.ask()
    before = sum(_counts(other) for other in trials.get_trials(deepcopy=False) if other.number < trial.number)
    if before >= search.trials:
        # another process was faster
        trials.tell(trial, state=TrialState.FAIL)
        return None
    # Values are drawn when they are asked for, so this is early enough, and the number is nobody else's.
    trials.sampler = TPESampler(seed=int(hash_json({"seed": search.seed, "trial": before})[:8], 16))
    return trial


def spent(trials: optuna.Study) -> int:
    """How many trials have been begun and not been stopped."""
    return sum(map(_counts, trials.get_trials(deepcopy=False)))


def resume_trials(trials: optuna.Study, folder: Path) -> None:
    """Puts trials of this folder whose process has ended in line again.

    Not those that are still made: by jobs of a cluster that outlived their driver, or for another folder by somebody
    who shares the storage.
    """
    for trial in trials.get_trials(states=(TrialState.RUNNING,)):
        if trial.user_attrs.get(PLACE, str(folder)) != str(folder) or is_locked(lock_of(folder, trial.number)):
            continue
        trials.tell(trial.number, state=TrialState.FAIL)
        if trial.user_attrs.get(FOLDER):
            discard_weights(folder / trial.user_attrs[FOLDER])
        if trial.params and PROBLEM not in trial.user_attrs:
            trials.enqueue_trial(trial.params)


@contextmanager
def held_trial(trial: optuna.Trial, folder: Path) -> Iterator[None]:
    """Shows to others that a trial is being made, as long as the block lasts."""
    trial.set_user_attr(PLACE, str(folder))
    with locked(lock_of(folder, trial.number)):
        yield


def lock_of(folder: Path, number: int) -> Path:
    """The file that the maker of a trial holds."""
    return folder / f".trial-{number:04}.lock"


def all_trials(trials: optuna.Study) -> list[SearchTrial]:
    """Every trial that counts, in the order in which they were begun."""
    return [_trial(trial) for trial in trials.get_trials(deepcopy=False) if _counts(trial)]


@contextmanager
def watched(trials: optuna.Study, watch: Callable[[list[SearchTrial]], None] | None) -> Iterator[None]:
    """Tells of all trials now, each second from a thread while the block lasts, and when it has ended."""
    if watch is None:
        yield
        return
    over = threading.Event()

    def look() -> None:
        # a storage that is busy, or away for a while, is for those to complain of who make the trials
        with suppress(StorageInternalError):
            watch(all_trials(trials))

    def go_on() -> None:
        while not over.wait(_LOOKS):
            look()

    look()
    watcher = threading.Thread(target=go_on, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        look()


def best_trial(trials: optuna.Study) -> SearchTrial | None:
    """The best of those that were not pruned, the first of equals; None where there is none."""
    found = trials.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    sign = -1 if trials.direction == optuna.study.StudyDirection.MINIMIZE else 1
    best = max(found, key=lambda trial: (sign * (trial.value or 0.0), -trial.number), default=None)
    return None if best is None else _trial(best)


def earlier_value(trials: optuna.Study, trial: optuna.Trial) -> float | None:
    """The figure of a finished trial with the same setting."""
    finished = trials.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return next((other.value for other in finished if other.params == trial.params), None)


def _counts(trial: FrozenTrial) -> bool:
    """Whether a trial is one of those wanted: not one that waits, or that ended without a reason of its own."""
    return trial.state != TrialState.WAITING and not (
        trial.state == TrialState.FAIL and PROBLEM not in trial.user_attrs
    )


def _trial(trial: FrozenTrial) -> SearchTrial:
    facts = trial.user_attrs
    values = trial.intermediate_values
    value = values[max(values)] if trial.state == TrialState.PRUNED and values else trial.value
    folder = "" if name_fault(facts.get(FOLDER, "")) else facts[FOLDER]
    return SearchTrial(
        trial.number, _STATES[trial.state], value, facts.get(SETTING, {}), folder, facts.get(PROBLEM, "")
    )
