"""Search for a good setting, and make the best one an arm of the study."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.executors.base import Call, Executor
from spanreg.metrics.task_metrics import greater_is_better, task_with
from spanreg.packages import require_package
from spanreg.registry import ConfigurationError
from spanreg.storage import hash_json
from spanreg.studies.define.arms import Arm, arm_of_pieces, base_arm, same_configs
from spanreg.studies.define.inputs import code_hash, inputs_of, reader_of
from spanreg.studies.define.patches import ConfigChange
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.scoring import require_readable, require_splits
from spanreg.studies.define.spaces.search_space import SearchConfig
from spanreg.studies.define.spaces.searched import searched_arms
from spanreg.studies.define.study import StudyDefinition
from spanreg.studies.execute.folder import SEARCH, StudyReader, StudyWriter
from spanreg.studies.execute.run import StudyRequest

if TYPE_CHECKING:
    import optuna

    from spanreg.studies.search.trials import Direction, SearchTrial

logger = logging.getLogger(__name__)

_WORK = "spanreg.studies.search.worker:work"
_NO_IDENTITY = ("trials", "storage", "name")
"Keys of the section that may change without making it another search."
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
    requested = _RequestedSearch.now(plan.study, request)
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
    folder = _checked_folder(plan, arms, path)
    from spanreg.studies.search.trials import storage_errors  # needs optuna

    by_search: dict[str, SearchResult] = {}
    found: dict[str, SearchResult] = {}
    written: list[dict[str, Any]] = []
    with folder.locked(), storage_errors():
        for arm in arms:
            requested = _RequestedSearch.now(plan.study, request, arm)
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
    folder.find()
    return folder


def with_found(plan: StudyPlan, path: Path, included: Sequence[str] = ()) -> StudyPlan:
    """Return the plan with the best settings of its finished searches as more arms; unchanged without any.

    Args:
        plan: the checked study.
        path: its folder.
        included: the user's own packages, whose code is part of a search's identity.
    """
    search = plan.study.search
    if search is None or not search.each_arm:
        return with_winner(plan, path, included)
    known = {tuning["arm"]: tuning for tuning in StudyReader(path).tunings()}
    request = StudyRequest("", included=included)
    added, outdated = [], []
    # Without results there is nothing to compare, and hashing all inputs takes time.
    for arm in searched_arms(plan.study, plan.arms) if known else ():
        tuning = known.get(arm.name)
        if tuning is None or tuning["search"] != _RequestedSearch.now(plan.study, request, arm).key:
            outdated.append(arm.name)
            continue
        added.append(_found_arm(plan, arm, tuning["best"]["setting"], len(tuning["trials"])))
    if outdated:
        logger.warning(
            "the searches in %s do not have these arms as they are now, so no setting of theirs is an arm: %s. "
            "Search again: spanreg study search",
            path,
            ", ".join(outdated),
        )
        # All or none: comparing tuned arms with others would be unfair.
        return plan
    return _with_arms(plan, added)


def with_winner(plan: StudyPlan, path: Path, included: Sequence[str] = ()) -> StudyPlan:
    """Return the plan with the best setting of its finished search as one more arm; unchanged without a search.

    Args:
        plan: the checked study.
        path: its folder.
        included: the user's own packages, whose code is part of the search's identity.
    """
    search, written = plan.study.search, StudyReader(path).search_result()
    if search is None or written is None:
        return plan
    if written["search"] != _RequestedSearch.now(plan.study, StudyRequest("", included=included)).key:
        logger.warning(
            "the search in %s is outdated, since base, space, data or code have changed: its best setting is not an "
            "arm. Search again: spanreg study search",
            path,
        )
        return plan
    best = written["best"]
    base = base_arm("base", plan.study.base)
    return _with_arms(plan, [_found_arm(plan, base, best["setting"], len(written["trials"]))])


def _found_arm(plan: StudyPlan, arm: Arm, setting: Mapping[str, Any], trials: int) -> Arm:
    """Return the arm that the best setting of a search becomes."""
    search = plan.study.search
    assert search is not None
    pieces = tuple(ConfigChange(f"search.space.{key}", key, value) for key, value in setting.items())
    of_arm = f" on '{arm.name}'" if search.each_arm else ""
    return replace(
        arm_of_pieces(search.name_of(arm.name), arm.config, pieces),
        seeds=arm.seeds or tuple(plan.study.seeds),
        tags=("tuned",) if search.each_arm else ("search",),
        about=f"best of {trials} settings of a search{of_arm}",
        setting=search.name_of(arm.setting) if arm.setting else "",
        task=arm.task,
        tuned_from=arm.name if search.each_arm else None,
    )


def _with_arms(plan: StudyPlan, added: Sequence[Arm]) -> StudyPlan:
    arms = (*plan.arms, *added)
    return replace(plan, arms=arms, same=tuple(same_configs(arms)))


def direction_of(study: StudyDefinition, config: Mapping[str, Any] | None = None) -> Direction:
    """Return whether a small or a large figure is good for a config; default: for the base."""
    task, figure = task_with(reader_of(config or study.base).task, study.metric)
    return "maximize" if greater_is_better(task, figure) else "minimize"


@dataclass(frozen=True, slots=True)
class _RequestedSearch:
    """A requested search with hashes of everything that its figures depend on."""

    study: StudyDefinition
    search: SearchConfig
    "With the space for the base."
    base: Mapping[str, Any]
    "The config that the trials change."
    request: StudyRequest
    code: str
    inputs: dict[str, str]

    @classmethod
    def now(cls, study: StudyDefinition, request: StudyRequest, arm: Arm | None = None) -> _RequestedSearch:
        if study.search is None:
            raise ConfigurationError(
                "the study has no search", path="search", hint="add search: { space: { KEY: [...] } }"
            )
        base = study.base if arm is None else arm.config
        return cls(study, study.search.for_config(base), base, request, code_hash(request.included), inputs_of(base))

    @property
    def key(self) -> str:
        """Hash of space, base and objective; the number of trials is not part of it, so that a search can continue."""
        search = {key: value for key, value in self.search.plain().items() if key not in _NO_IDENTITY}
        # Trials run under the seed of the search.
        base = {key: value for key, value in self.base.items() if key != "seed"}
        identity = hash_json({"search": search, "base": base, "aim": self.aim})
        return hash_json({"search": identity, "inputs": self.inputs, "code": self.code})

    @property
    def aim(self) -> dict[str, Any]:
        """What the search optimises, as ``tuned.json`` has it."""
        return {"split": self.study.split, "metric": self.study.metric, "reserve": self.study.reserve}

    @property
    def direction(self) -> Direction:
        """``minimize`` if a small figure is good, otherwise ``maximize``."""
        return direction_of(self.study, self.base)

    def call(self, storage: str, folder: Path) -> Call:
        """Return the call of one process."""
        arguments = {
            "storage": storage,
            "name": folder.name,
            "search": self.search.plain(),
            "base": dict(self.base),
            "aim": self.aim,
            "direction": self.direction,
            "folder": str(folder),
            "included": list(self.request.included),
            "home": str(Path.cwd()) if self.request.included else None,
            "command": list(self.request.command),
            "code": self.code,
            "inputs": self.inputs,
        }
        return Call("search", _WORK, arguments)


def _run_search(
    requested: _RequestedSearch, study: StudyWriter, executor: Executor, watch: TrialObserver | None
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


def _content(found: SearchResult, requested: _RequestedSearch) -> dict[str, Any]:
    """Return the content of ``trials.json``."""
    return {
        "search": requested.key,
        "name": found.name,
        "space": requested.search.plain()["space"],
        "trials": [asdict(trial) for trial in found.trials],
        "best": asdict(found.best),
    }


def _tuning(arm: str, requested: _RequestedSearch, found: SearchResult) -> dict[str, Any]:
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
