"""Searches for a good setting, and makes the best one an arm of the study."""

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
"What a search may say otherwise and still be the same."


WatchTrials = Callable[[Path, "list[SearchTrial]"], None]
"Told again and again of the trials, and of the folder below which each has its own."


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search has found."""

    trials: list[SearchTrial]
    best: SearchTrial


def search_setting(
    plan: StudyPlan,
    path: Path,
    executor: Executor,
    asked: StudyRequest,
    *,
    watch: WatchTrials | None = None,
) -> SearchResult:
    """Makes the trials that a study's search still lacks.

    All trials are kept: their settings and figures in ``search/trials.json``, their run folders, without weights,
    beside it. A trial whose process was killed is made again. Trials of another base, space, data or code are no part
    of the search; they stay in the storage.

    Args:
        plan: the study, checked.
        path: its folder.
        executor: where the trials are made; several jobs make the proposals depend on which trial ends first.
        asked: for the record.
        watch: told of the trials before any is made, each second from a thread of its own, and when all are made.

    Raises:
        ConfigurationError: the study has no search; ``optuna`` is missing; the folder holds something else; no trial
            has a figure; a process died too often.
    """
    asking = _Asking.now(plan.study, asked)
    base = [base_arm("base", plan.study.base)]
    require_splits(plan.study.split, base)
    require_readable(base)
    require_package("optuna")
    folder = StudyWriter(path)
    folder.find()
    from spanreg.studies.search.trials import storage_errors  # needs optuna

    with folder.locked(), storage_errors():
        return _searched(asking, folder, executor, watch)


def with_winner(plan: StudyPlan, path: Path, included: Sequence[str] = ()) -> StudyPlan:
    """The plan with the best setting of its finished search as one more arm; the same plan where there is none.

    Args:
        plan: the study, checked.
        path: its folder.
        included: packages of the user's own, by which trials of other code are told.
    """
    search, written = plan.study.search, StudyReader(path).search_result()
    if search is None or written is None:
        return plan
    if written["search"] != _Asking.now(plan.study, StudyRequest("", included=included)).key:
        logger.warning(
            "the search in %s was of another base, space, data or code: its best setting is no arm. Search again", path
        )
        return plan
    best = written["best"]
    pieces = tuple(ConfigChange(f"search.space.{key}", key, value) for key, value in best["setting"].items())
    arm = replace(
        arm_of_pieces(search.name, plan.study.base, pieces),
        seeds=tuple(plan.study.seeds),
        tags=("search",),
        about=f"best of {len(written['trials'])} settings that a search tried",
    )
    arms = (*plan.arms, arm)
    return replace(plan, arms=arms, same=tuple(same_configs(arms)))


def direction_of(study: Study) -> Direction:
    """Whether a small or a large figure is good."""
    task, figure = task_with(reader_of(study.base).task, study.metric)
    return "maximize" if greater_is_better(task, figure) else "minimize"


@dataclass(frozen=True, slots=True)
class _Asking:
    """A search as it is asked for, and what its figures depend on beside the study."""

    study: Study
    search: Search
    asked: StudyRequest
    code: str
    inputs: dict[str, str]

    @classmethod
    def now(cls, study: Study, asked: StudyRequest) -> _Asking:
        if study.search is None:
            raise ConfigurationError("the study has none", path="search", hint="add search: { space: { KEY: [...] } }")
        return cls(study, study.search, asked, code_hash(asked.included), inputs_of(study.base))

    @property
    def key(self) -> str:
        """A hash of what is searched, and of what; more trials of the same are no other search."""
        search = {key: value for key, value in self.search.plain().items() if key not in _NO_IDENTITY}
        base = {key: value for key, value in self.study.base.items() if key != "seed"}
        identity = hash_json({"search": search, "base": base, "aim": self.aim})
        return hash_json({"search": identity, "inputs": self.inputs, "code": self.code})

    @property
    def aim(self) -> dict[str, Any]:
        return {"split": self.study.split, "metric": self.study.metric, "reserve": self.study.reserve}

    def call(self, storage: str, folder: Path) -> Call:
        """What one process has to do."""
        arguments = {
            "storage": storage,
            "name": folder.name,
            "search": self.search.plain(),
            "base": self.study.base,
            "aim": self.aim,
            "direction": direction_of(self.study),
            "folder": str(folder),
            "included": list(self.asked.included),
            "home": str(Path.cwd()) if self.asked.included else None,
            "command": list(self.asked.command),
            "code": self.code,
            "inputs": self.inputs,
        }
        return Call("search", _WORK, arguments)


def _searched(asking: _Asking, study: StudyWriter, executor: Executor, watch: WatchTrials | None) -> SearchResult:
    from spanreg.studies.search.trials import open_trials, resume_trials, spent, watched

    folder = study.path / SEARCH
    folder.mkdir(parents=True, exist_ok=True)
    search, own = asking.search, folder / f"{asking.asked.name}-{asking.key[:12]}"
    storage = search.storage or f"sqlite:///{(folder / 'trials.db').resolve()}"
    trials = open_trials(storage, own.name, search, direction_of(asking.study))
    call, problem = asking.call(storage, own), ""
    for _ in range(asking.study.retries + 1):
        resume_trials(trials, own)
        if spent(trials) >= search.trials:
            break
        with watched(trials, watch and partial(watch, own)):
            outcomes = list(executor.run([call] * executor.jobs))
        problem = next((outcome.problem for outcome in outcomes if outcome.failed), problem)
        if any(outcome.final for outcome in outcomes):
            break
    if (made := spent(trials)) < search.trials:
        hint = "call the command again: it goes on from there"
        raise ConfigurationError(f"the search stopped after {made} of {search.trials} trials: {problem}", hint=hint)
    return _record(trials, asking.key, study)


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
