"""Search for a good setting, and make the best one an arm of the study."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spanreg.executors.base import Call, Executor
from spanreg.metrics.task_metrics import greater_is_better, task_with
from spanreg.packages import require_package
from spanreg.registry import ConfigurationError
from spanreg.storage import hash_json
from spanreg.studies.define.arms import arm_of_pieces, base_arm, same_configs
from spanreg.studies.define.inputs import code_hash, inputs_of, reader_of
from spanreg.studies.define.patches import ConfigChange
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.scoring import require_readable, require_splits
from spanreg.studies.define.search_space import Search
from spanreg.studies.define.study import Study
from spanreg.studies.execute.folder import SEARCH, StudyReader, StudyWriter
from spanreg.studies.execute.run import StudyRequest

if TYPE_CHECKING:
    import optuna

    from spanreg.studies.search.trials import Direction, SearchTrial

logger = logging.getLogger(__name__)

_WORK = "spanreg.studies.search.worker:work"
_NO_IDENTITY = ("trials", "storage", "name")
"Keys that may change without making it another search."


WatchTrials = Callable[[Path, "list[SearchTrial]"], None]
"Called repeatedly with the folder of the search, in which each trial has a folder, and the trials."


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Trials of a search and the best of them.

    ``search_setting(plan, path, executor, request).best.setting``
    """

    trials: list[SearchTrial]
    best: SearchTrial


def search_setting(
    plan: StudyPlan,
    path: Path,
    executor: Executor,
    request: StudyRequest,
    *,
    watch: WatchTrials | None = None,
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
    base = [base_arm("base", plan.study.base)]
    require_splits(plan.study.split, base)
    require_readable(base)
    require_package("optuna")
    folder = StudyWriter(path)
    folder.find()
    from spanreg.studies.search.trials import storage_errors  # needs optuna

    with folder.locked(), storage_errors():
        return _searched(requested, folder, executor, watch)


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
    pieces = tuple(ConfigChange(f"search.space.{key}", key, value) for key, value in best["setting"].items())
    arm = replace(
        arm_of_pieces(search.name, plan.study.base, pieces),
        seeds=tuple(plan.study.seeds),
        tags=("search",),
        about=f"best of {len(written['trials'])} settings of a search",
    )
    arms = (*plan.arms, arm)
    return replace(plan, arms=arms, same=tuple(same_configs(arms)))


def direction_of(study: Study) -> Direction:
    """Return whether a small or a large figure is good."""
    task, figure = task_with(reader_of(study.base).task, study.metric)
    return "maximize" if greater_is_better(task, figure) else "minimize"


@dataclass(frozen=True, slots=True)
class _RequestedSearch:
    """A requested search with hashes of everything that its figures depend on."""

    study: Study
    search: Search
    request: StudyRequest
    code: str
    inputs: dict[str, str]

    @classmethod
    def now(cls, study: Study, request: StudyRequest) -> _RequestedSearch:
        if study.search is None:
            raise ConfigurationError(
                "the study has no search", path="search", hint="add search: { space: { KEY: [...] } }"
            )
        return cls(study, study.search, request, code_hash(request.included), inputs_of(study.base))

    @property
    def key(self) -> str:
        """Hash of space, base and objective; the number of trials is not part of it, so that a search can continue."""
        search = {key: value for key, value in self.search.plain().items() if key not in _NO_IDENTITY}
        base = {key: value for key, value in self.study.base.items() if key != "seed"}
        identity = hash_json({"search": search, "base": base, "aim": self.aim})
        return hash_json({"search": identity, "inputs": self.inputs, "code": self.code})

    @property
    def aim(self) -> dict[str, Any]:
        return {"split": self.study.split, "metric": self.study.metric, "reserve": self.study.reserve}

    def call(self, storage: str, folder: Path) -> Call:
        """Return the call of one process."""
        arguments = {
            "storage": storage,
            "name": folder.name,
            "search": self.search.plain(),
            "base": self.study.base,
            "aim": self.aim,
            "direction": direction_of(self.study),
            "folder": str(folder),
            "included": list(self.request.included),
            "home": str(Path.cwd()) if self.request.included else None,
            "command": list(self.request.command),
            "code": self.code,
            "inputs": self.inputs,
        }
        return Call("search", _WORK, arguments)


def _searched(
    requested: _RequestedSearch, study: StudyWriter, executor: Executor, watch: WatchTrials | None
) -> SearchResult:
    from spanreg.studies.search.trials import open_trials, resume_trials, spent, watched

    folder = study.path / SEARCH
    folder.mkdir(parents=True, exist_ok=True)
    search, own = requested.search, folder / f"{requested.request.name}-{requested.key[:12]}"
    storage = search.storage or f"sqlite:///{(folder / 'trials.db').resolve()}"
    trials = open_trials(storage, own.name, search, direction_of(requested.study))
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
    return _record(trials, requested.key, study)


def _record(trials: optuna.Study, key: str, study: StudyWriter) -> SearchResult:
    from spanreg.studies.search.trials import all_trials, best_trial

    made, best = all_trials(trials), best_trial(trials)
    if best is None:
        problem = next((trial.problem for trial in made if trial.problem), "all were pruned")
        raise ConfigurationError(f"none of {len(made)} trials has a figure: {problem}", hint="change the search")
    written = {
        "search": key,
        "name": trials.study_name,
        "trials": [asdict(trial) for trial in made],
        "best": asdict(best),
    }
    study.write_search_result(written)
    return SearchResult(made, best)
