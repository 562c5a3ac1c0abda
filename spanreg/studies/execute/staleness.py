"""Detect outdated runs of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from spanreg.registry import ConfigurationError, require_included
from spanreg.storage import in_directory_of
from spanreg.studies.define.folds import config_of_run
from spanreg.studies.define.inputs import code_hash, inputs_of
from spanreg.studies.define.plan import ArmRun
from spanreg.studies.execute.changes import changes_since
from spanreg.studies.execute.progress import FINISHED, RunState
from spanreg.studies.execute.record import PlannedArm, PlannedRun, StudyRecord


@dataclass(frozen=True, slots=True)
class StalenessReport:
    """Changes since the runs of a study were made.

    ``staleness(record, run_states(folder, record)).stale``
    """

    changes: list[str]
    "One line for each change of config, data or code."
    stale: list[PlannedRun]
    "Finished runs that ``--update`` would repeat."
    unknown: list[str] = field(default_factory=list)
    "Why changes cannot be detected."


def as_of_now(record: StudyRecord, folder: Path | None = None) -> StudyRecord:
    """Return the record with the hashes that inputs and code have now, and so with other ids where these differ.

    Args:
        record: record of a study.
        folder: folder of the study; relative paths start in the working directory of its last run.

    Raises:
        ConfigurationError: data cannot be found, or packages of the study are not included; they are never imported
            because a saved file names them.
    """
    require_included(record.included, "the study")
    code = code_hash(record.included)
    # Relative paths of the configs start where the study was run, not where this process is.
    with in_directory_of(folder or Path(), record.directory if folder else None):
        arms = [replace(arm, inputs=inputs_of(arm.config, record.input_hashes)) for arm in record.arms]
    now = replace(record, code=code, arms=arms)
    named = now.by_name()
    return replace(now, runs=[replace(run, id=_current_id(named[run.arm], run, code)) for run in record.runs])


def staleness(
    before: StudyRecord, states: Sequence[RunState], now: StudyRecord | None = None, folder: Path | None = None
) -> StalenessReport:
    """Compare the record of a study with the current configs, data and code.

    Args:
        before: the record.
        states: states of its runs.
        now: the record of a study file now; default: the same arms with the hashes of now.
        folder: folder of the study; default: relative paths start in the working directory.
    """
    # Without the user's packages their code cannot be hashed, so nothing can be said about changes.
    try:
        require_included(before.included if now is None else (), "the study")
    except ConfigurationError as error:
        return StalenessReport([], [], [str(error)])
    try:
        current = now or as_of_now(before, folder)
    # Files that are gone are a change, too.
    except ConfigurationError as error:
        return StalenessReport([str(problem) for problem in error.problems], [])
    wanted = {run.id for run in current.runs}
    stale = [state.run for state in states if state.state == FINISHED and state.run.id not in wanted]
    gone = sorted({run.arm for run in before.runs} - {arm.name for arm in current.arms})
    return StalenessReport(
        [*changes_since(before, current), *(f"{arm}: the study has no such arm now" for arm in gone)], stale
    )


def _current_id(arm: PlannedArm, run: PlannedRun, code: str) -> str:
    return ArmRun(run.arm, run.seed, config_of_run(arm.config, run.seed, run.fold)).key(arm.inputs, code)
