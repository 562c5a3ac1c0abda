"""Run the unfinished runs of a study."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from spanreg.executors.base import Call, Executor, Outcome
from spanreg.registry import ConfigurationError, Problem
from spanreg.storage import working_directory_from
from spanreg.studies.define.arms import Arm
from spanreg.studies.define.folds import config_of_run
from spanreg.studies.define.inputs import code_hash, inputs_of
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.define.scoring import require_readable, require_splits
from spanreg.studies.execute.changes import changes_since
from spanreg.studies.execute.folder import StudyWriter
from spanreg.studies.execute.progress import FINISHED, RunState, state_of
from spanreg.studies.execute.record import PlannedArm, PlannedRun, StudyRecord, planned_runs
from spanreg.studies.execute.registration import registered_hashes
from spanreg.studies.execute.weights import WeightKeeper

logger = logging.getLogger(__name__)

RunObserver = Callable[[StudyRecord, Sequence[Outcome]], None]
"Called with the plan before the first run, and again with all outcomes so far as each run ends."

_WORK = "spanreg.studies.execute.worker:execute"
_MOST_CHANGES = 12
"Largest number of changes that an error lists."


@dataclass(frozen=True, slots=True)
class StudyRequest:
    """The request to run a study, for its record.

    ``run_study(plan, Path("study"), LocalExecutor(), StudyRequest("ablation"))``
    """

    name: str
    "Name of the study: the file's name without its suffix."
    source: str = ""
    "Text of the study file."
    included: Sequence[str] = ()
    "The user's own packages."
    command: Sequence[str] = ()
    "Arguments of the command line, for the record of the runs."


@dataclass(frozen=True, slots=True)
class StudyOutcome:
    """Outcome of a study's runs.

    ``run_study(plan, path, executor, request).failed``
    """

    record: StudyRecord
    made: int = 0
    "Number of runs that were made now."
    there: int = 0
    "Number of runs that were finished before."
    failed: list[tuple[PlannedRun, str]] = field(default_factory=list)
    "Runs that are not finished, with the reason."
    mistakes: frozenset[str] = frozenset()
    "Reasons that come from the config, which several runs may share."


def record_of(
    plan: StudyPlan, request: StudyRequest, known: StudyRecord | None, recorded: Collection[str] = ()
) -> StudyRecord:
    """Return the record of a plan, with run ids from the current content of everything that the runs depend on.

    Args:
        plan: the checked study.
        request: how the study was requested.
        known: the record of an earlier call in the same folder.
        recorded: hashes of inputs that may be of an earlier version, as for ``inputs_of``.

    Raises:
        ConfigurationError: the data of an arm cannot be found, or it is not scored on the study's split.
    """
    require_splits(plan.study.split, plan.arms)
    code = code_hash(request.included)
    folders = {run.id: run.folder for run in known.runs} if known else {}
    earlier = {*recorded, *(known.input_hashes if known else ())}
    inputs = {arm.name: inputs_of(arm.config, earlier) for arm in plan.arms}
    wanted = [(run.key(inputs[run.arm], code), run) for run in plan.runs]
    study = plan.study
    return StudyRecord(
        name=request.name,
        about=study.about,
        baseline=plan.baseline,
        metric=study.metric,
        split=study.split,
        reserve=study.reserve,
        until=study.seed_rule.until if study.seed_rule else None,
        margin=study.margin,
        compare=study.compare,
        slices=list(study.slices),
        modes=list(study.modes),
        keep_weights=study.keep_weights,
        folds=study.folds.number if study.folds else None,
        arms=[_planned_arm(arm, inputs[arm.name]) for arm in plan.arms],
        runs=planned_runs(wanted, folders),
        code=code,
        included=list(request.included),
        source=request.source,
        panels=study.panels,
    )


def _planned_arm(arm: Arm, inputs: dict[str, str]) -> PlannedArm:
    """Return an arm in the plain types of a record."""
    return PlannedArm(
        name=arm.name,
        config=dict(arm.config),
        changes=list(arm.changes),
        dropped=list(map(str, arm.dropped)),
        choice=None if arm.choice is None else dict(arm.choice),
        tags=list(arm.tags),
        about=arm.about,
        inputs=inputs,
        setting=arm.setting,
        task=arm.task,
        match=asdict(arm.match) if arm.match else None,
        tuned_from=arm.tuned_from,
    )


def run_study(
    plan: StudyPlan,
    path: Path,
    executor: Executor,
    request: StudyRequest,
    *,
    update: bool = False,
    watch: RunObserver | None = None,
) -> StudyOutcome:
    """Make every unfinished run of a study, all arms under their first seed before any under its second.

    Args:
        plan: the checked study.
        path: its folder.
        executor: makes the runs.
        request: how the study was requested.
        update: continue although configs, data or code have changed; older runs leave the study, but stay on disk.
        watch: called before the first run and as each run ends.

    Raises:
        ConfigurationError: the folder holds another study, or outdated runs without ``update``; it is locked; the data
            cannot be read.
    """
    folder = StudyWriter(path)
    with folder.locked():
        # Under the lock: another driver could change the record in between.
        known = folder.find()
        record = record_of(plan, request, known, registered_hashes(folder))
        record = replace(record, directory=working_directory_from(path))
        if known is not None and not update:
            _refuse_changes(folder, known, record)
        pending = [run for run in record.unique_runs() if _state(folder, run).state != FINISHED]
        # Only data of pending runs are read: a finished study starts again in an instant.
        names = {run.arm for run in pending}
        require_readable([arm for arm in record.arms if arm.name in names])
        # Written before the first run, so that 'study status' can show the study from another process.
        if record != known:
            folder.write(record)
        outcomes: list[Outcome] = []
        report = watch or (lambda record, outcomes: None)
        report(record, outcomes)
        weights = WeightKeeper(folder, record)
        weights.discard()  # a killed driver may have left those of runs that finished
        arms = record.by_name()
        calls = [_call(folder, record, arms[run.arm], run, request) for run in pending]
        for outcome in _with_retries(executor, calls, plan.study.retries):
            outcomes.append(outcome)
            weights.discard()
            report(record, outcomes)
    return _outcome_of(folder, record, pending, outcomes)


def _outcome_of(
    folder: StudyWriter, record: StudyRecord, pending: list[PlannedRun], outcomes: list[Outcome]
) -> StudyOutcome:
    """Return the outcome of a study; the states in the run folders decide, the executor only adds reasons."""
    problems = {outcome.call.name: outcome.problem for outcome in outcomes}
    failed = [
        (run, state.problem or problems.get(run.name) or state.state)
        for run in pending
        if (state := _state(folder, run)).state != FINISHED
    ]
    mistakes = frozenset(outcome.problem for outcome in outcomes if outcome.final)
    made, there = len(pending) - len(failed), len(record.unique_runs()) - len(pending)
    return StudyOutcome(record, made, there, failed, mistakes)


def _with_retries(executor: Executor, calls: Sequence[Call], retries: int) -> Iterator[Outcome]:
    """Yield the outcomes of all calls; failed calls that may yet succeed are repeated after all others.

    Args:
        executor: makes the calls.
        calls: the calls.
        retries: how often a failed call is repeated.
    """
    # Repeated last: by then, other runs may have released the memory or disk that was missing.
    for attempt in range(retries + 1):
        failed = []
        for outcome in executor.run(calls) if calls else ():
            if outcome.failed and not outcome.final and attempt < retries:
                logger.warning("%s failed and will be tried again: %s", outcome.call.name, outcome.problem)
                failed.append(outcome.call)
            else:
                yield outcome
        calls = failed


def _call(folder: StudyWriter, record: StudyRecord, arm: PlannedArm, run: PlannedRun, request: StudyRequest) -> Call:
    """Return the call that makes a run, with arguments of plain JSON."""
    arguments = {
        "config": config_of_run(arm.config, run.seed, run.fold),
        "folder": str(folder.run_path(run)),
        "included": list(request.included),
        # A worker may start in another directory, where relative paths of packages lead elsewhere.
        "home": str(Path.cwd()) if request.included else None,
        "command": list(request.command),
        "code": record.code,
        "inputs": arm.inputs,
    }
    return Call(run.name, _WORK, arguments)


def _state(folder: StudyWriter, run: PlannedRun) -> RunState:
    return state_of(folder.run_path(run), run)


def _refuse_changes(folder: StudyWriter, known: StudyRecord, record: StudyRecord) -> None:
    """Raise an error if finished runs would leave the study: by another study file, or by changes since they ran."""
    # Only finished runs are lost by a change; unfinished ones are made from the new configs anyway.
    stale = {run.id for run in known.runs} - {run.id for run in record.runs}
    finished = [run for run in known.runs if run.id in stale and _state(folder, run).state == FINISHED]
    # An arm that was only removed is no reason to stop, unless the folder seems to be of another study altogether.
    names, before = ({arm.name for arm in study.arms} for study in (record, known))
    gone = dict.fromkeys(run.arm for run in finished if run.arm not in names)
    if gone and (record.name != known.name or not names & before):
        raise ConfigurationError(
            f"the folder {folder.path} holds the study '{known.name}' with runs of arms that '{record.name}' lacks: "
            + ", ".join(gone),
            hint="name another folder with -s; or drop these runs from the study: --update",
        )
    changes = changes_since(known, record)
    if not changes or not finished:
        return
    hint = "repeat these runs, keeping the older ones in their folders: --update; or name another folder with -s"
    more = [f"and {len(changes) - _MOST_CHANGES} more"] if len(changes) > _MOST_CHANGES else []
    head = f"{len(finished)} finished runs in {folder.path} are outdated by these changes"
    raise ConfigurationError([Problem(head, hint=hint), *map(Problem, [*changes[:_MOST_CHANGES], *more])])
