"""Search for a good setting of a study's base, or of each of its arms."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.executors.base import Executor
from spanreg.packages import require_package
from spanreg.registry import ConfigurationError
from spanreg.studies.define.arms import Arm, base_arm
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.scoring import require_readable, require_splits
from spanreg.studies.define.spaces.searched import searched_arms
from spanreg.studies.execute.folder import SEARCH, StudyReader, StudyWriter
from spanreg.studies.execute.run import StudyRequest
from spanreg.studies.search.requested_search import RequestedSearch

if TYPE_CHECKING:
    import optuna

    from spanreg.studies.search.trials import SearchTrial

logger = logging.getLogger(__name__)

TrialObserver = Callable[[Path, "list[SearchTrial]"], None]
"Called repeatedly with the folder of the search, in which each trial has a folder, and the trials."


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Trials of a search and the best of them.

    ``search_setting(plan, path, executor, request).best.setting``
    """

    trials: list[SearchTrial]
    best: SearchTrial
    name: str = ""
    "Name of the search in Optuna's storage, and of its folder."


def search_setting(
    plan: StudyPlan,
    path: Path,
    executor: Executor,
    request: StudyRequest,
    *,
    watch: TrialObserver | None = None,
) -> SearchResult:
    """Make the missing trials of a study's search.

    All trials are kept: their settings and figures in ``search/trials.json``, their run folders, without weights, in
    the same folder. A trial whose process was killed is repeated. Trials of another base, space, data or code do not
    belong to the search; they stay in the storage.

    Args:
        plan: the checked study.
        path: its folder.
        executor: makes the trials; with several jobs, proposals depend on which trial ends first.
        request: how the study was requested.
        watch: called with the trials at the start, each second from a thread, and at the end.

    Raises:
        ConfigurationError: the study has no search; ``optuna`` is missing; the folder holds something else; no trial
            has a figure; a process died too often.
    """
    requested = RequestedSearch.now(plan.study, request, recorded=StudyReader(path).input_hashes())
    folder = _checked_folder(plan, [base_arm("base", plan.study.base)], path)
    from spanreg.studies.search.trials import storage_errors  # needs optuna

    with folder.locked(), storage_errors():
        found = _run_search(requested, folder, executor, watch)
        folder.write_search_result(_content(found, requested))
    return found


def tune_arms(
    plan: StudyPlan,
    path: Path,
    executor: Executor,
    request: StudyRequest,
    *,
    watch: TrialObserver | None = None,
) -> dict[str, SearchResult]:
    """Make the missing trials of the searches for each arm of a study, one arm after the other.

    Every arm has a separate Optuna study, with the same number of trials, sampler, pruner, seed and examples. Arms with
    the same config share one.

    Args:
        plan: the checked study, without tuned arms.
        path: its folder.
        executor: makes the trials.
        request: how the study was requested.
        watch: called with the trials of an arm, as for ``search_setting``.

    Returns:
        Trials and best setting by arm.

    Raises:
        ConfigurationError: as for ``search_setting``; the message names the arm.
    """
    arms = searched_arms(plan.study, plan.arms)
    folder, recorded = _checked_folder(plan, arms, path), StudyReader(path).input_hashes()
    from spanreg.studies.search.trials import storage_errors  # needs optuna

    by_search: dict[str, SearchResult] = {}
    found: dict[str, SearchResult] = {}
    written: list[dict[str, Any]] = []
    with folder.locked(), storage_errors():
        for arm in arms:
            requested = RequestedSearch.now(plan.study, request, arm, recorded)
            if requested.key not in by_search:
                logger.info("tuning '%s'", arm.name)
                with _named(arm.name):
                    by_search[requested.key] = _run_search(requested, folder, executor, watch)
            found[arm.name] = by_search[requested.key]
            written.append(_tuning(arm.name, requested, found[arm.name]))
        # Written at the end, since a comparison needs all arms tuned.
        folder.write_tunings(written)
    return found


def _checked_folder(plan: StudyPlan, arms: Sequence[Arm], path: Path) -> StudyWriter:
    """Return the study's folder, after all checks that can fail before the first trial.

    Args:
        plan: the checked study.
        arms: the arms that are tuned.
        path: the folder.

    Raises:
        ConfigurationError: data or ``optuna`` are missing, or the folder holds something else.
    """
    require_splits(plan.study.split, arms)
    require_readable(arms)
    require_package("optuna")
    folder = StudyWriter(path)
    # Raises an error for a folder of something else, before the lock makes a file in it.
    folder.find()
    return folder


def _run_search(
    requested: RequestedSearch, study: StudyWriter, executor: Executor, watch: TrialObserver | None
) -> SearchResult:
    """Make the missing trials of one search, and return all of them.

    Raises:
        ConfigurationError: workers died too often, the storage cannot be used, or no trial has a figure.
    """
    from spanreg.studies.search.trials import open_trials, resume_trials, spent, watched

    folder = study.path / SEARCH
    folder.mkdir(parents=True, exist_ok=True)
    # A changed search has another key, and so another folder: the trials of the earlier one stay.
    search, own = requested.search, folder / f"{requested.request.name}-{requested.key[:12]}"
    # Absolute, since workers may start in another directory.
    storage = search.storage or f"sqlite:///{(folder / 'trials.db').resolve()}"
    trials = open_trials(storage, own.name, search, requested.direction)
    call, problem = requested.call(storage, own), ""
    # A worker makes many trials, so a lost worker costs one trial and is started again.
    for _ in range(requested.study.retries + 1):
        resume_trials(trials, own)
        if spent(trials) >= search.trials:
            break
        with watched(trials, watch and partial(watch, own)):
            # One call per job: all workers take trials from the same storage.
            outcomes = list(executor.run([call] * executor.jobs))
        problem = next((outcome.problem for outcome in outcomes if outcome.failed), problem)
        if any(outcome.final for outcome in outcomes):
            break
    if (made := spent(trials)) < search.trials:
        hint = "repeat the command to continue"
        raise ConfigurationError(f"the search stopped after {made} of {search.trials} trials: {problem}", hint=hint)
    return _result_of(trials)


def _result_of(trials: optuna.Study) -> SearchResult:
    """Return the trials of a search and its best one.

    Raises:
        ConfigurationError: no trial has a figure.
    """
    from spanreg.studies.search.trials import all_trials, best_trial

    made, best = all_trials(trials), best_trial(trials)
    if best is None:
        problem = next((trial.problem for trial in made if trial.problem), "all were pruned")
        raise ConfigurationError(f"none of {len(made)} trials has a figure: {problem}", hint="change the search")
    return SearchResult(made, best, trials.study_name)


def _content(found: SearchResult, requested: RequestedSearch) -> dict[str, Any]:
    """Return the content of ``trials.json``."""
    return {
        "search": requested.key,
        "name": found.name,
        "space": requested.search.plain()["space"],
        "trials": [asdict(trial) for trial in found.trials],
        "best": asdict(found.best),
    }


def _tuning(arm: str, requested: RequestedSearch, found: SearchResult) -> dict[str, Any]:
    """Return what ``tuned.json`` has of one arm."""
    search = requested.search
    return {
        **_content(found, requested),
        "arm": arm,
        "tuned": search.name_of(arm),
        "budget": search.trials,
        "sampler": "tree-structured Parzen estimator",
        "pruner": f"median after {search.startup} trials" if search.prune else "none",
        "seed": search.seed,
        "aim": requested.aim,
        "direction": requested.direction,
    }


@contextmanager
def _named(arm: str) -> Iterator[None]:
    """Name the arm in errors of its search."""
    try:
        yield
    except ConfigurationError as error:
        problems = [replace(problem, problem=f"arm '{arm}': {problem.problem}") for problem in error.problems]
        raise type(error)(problems) from error.__cause__
