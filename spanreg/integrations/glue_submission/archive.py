"""Runs of GLUE's tasks to the archive that its leaderboard takes."""

from __future__ import annotations

import json
import logging
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from spanreg.integrations.glue_submission.files import FILES, SubmissionFile
from spanreg.integrations.glue_submission.score import SCORED_TASKS, Figures
from spanreg.registry import ConfigurationError, Problem
from spanreg.storage import whole_file
from spanreg.training.runs.reader import RunReader, finished_run
from spanreg.training.serving.evaluate import evaluate_on_split, home_of, reader_of
from spanreg.training.serving.saved_run import SavedRun

logger = logging.getLogger(__name__)

_EPOCH = (1980, 1, 1, 0, 0, 0)
"The earliest time that an archive can hold: the same predictions give the same bytes."


@dataclass(frozen=True)
class GlueRun:
    """A finished run of one of GLUE's tasks; its model is not loaded."""

    path: Path
    task: str
    folder: RunReader

    @cached_property
    def figures(self) -> Figures:
        """Figures of the evaluated splits."""
        splits: Figures = self.folder.read("metrics")["splits"]
        return splits


@dataclass(frozen=True, slots=True)
class Submission:
    """What an archive holds."""

    files: dict[str, int]
    "Rows by file."
    filled: tuple[str, ...]
    "Files with a constant answer, since no run was given for their task."


def glue_runs(paths: Sequence[Path]) -> dict[str, GlueRun]:
    """The runs by task, in GLUE's order.

    Raises:
        ConfigurationError: a folder has no finished run or a damaged one, a run is of none of the nine tasks, or a task
            has two runs; all of these at once.
    """
    found: dict[str, GlueRun] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            run = _glue_run(path)
            if run.task in found:
                problem = f"{found[run.task].path} and {path} are both runs of {run.task}"
                raise ConfigurationError(problem, hint="give one run a task")
            found[run.task] = run
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return {task: found[task] for task in SCORED_TASKS if task in found}


def write_submission(runs: Mapping[str, GlueRun], out: Path, *, fill_missing: bool = False) -> Submission:
    """Writes the archive: one ``.tsv`` for each of the eleven test sets, in the order of ``FILES``.

    A test set is predicted if the run's folder has no predictions of it yet; they stay there, so that another try only
    does what was missing. The leaderboard refuses an archive in which a file is missing, so every task needs a run.

    Args:
        runs: by task, from ``glue_runs``.
        out: the archive to write, whole or not at all.
        fill_missing: answer for tasks without a run by one constant, so that the archive is accepted: what the
            leaderboard says of them, and its average, then mean nothing.

    Raises:
        ConfigurationError: tasks without a run, test sets that are not to be had, or predictions that do not answer a
            whole test set; all of these at once.
    """
    absent = [task for task in SCORED_TASKS if task not in runs]
    asked = [file for file in FILES.values() if file.task not in absent]
    problems = [] if fill_missing else _missing_tasks(absent)
    for file in asked:
        problems += _unanswerable(runs[file.task], file)
    if problems:
        raise ConfigurationError(problems)
    answers = {file.name: predictions_of(runs[file.task], file) for file in asked}
    filled = {name: file.placeholder() for name, file in FILES.items() if name not in answers}
    with whole_file(out) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, file in FILES.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.text(answers.get(name) or filled[name]))
    return Submission({name: file.rows for name, file in FILES.items()}, tuple(filled))


def predictions_of(run: GlueRun, file: SubmissionFile) -> list[float]:
    """A run's predictions of a whole test set, in the order of their indices; made now if they are not there yet.

    Raises:
        ConfigurationError: the test set cannot be read, or has other rows than GLUE's.
    """
    records = _records(run, file)
    if _fault(records, file):
        logger.info("%s: predicting the split '%s' with %s", file.name, file.split, run.path)
        evaluate_on_split(SavedRun(run.path), file.split)
        records = _records(run, file)
    if fault := _fault(records, file):
        raise ConfigurationError([_refused(run, file, fault)])
    return [record["prediction"] for record in sorted(records, key=lambda record: record["idx"])]


def _glue_run(path: Path) -> GlueRun:
    folder = finished_run(path)
    try:
        data = folder.read("config")["data"]
        task = folder.read("inference")["task"]["name"]
    except KeyError as error:
        hint = "copy the whole folder once more, or train it again"
        raise ConfigurationError(f"the run in {path} is damaged: it has no {error}", hint=hint) from error
    kind = data if isinstance(data, str) else data.get("type")
    if kind != "glue" or task not in SCORED_TASKS:
        problem = f"{path} is a run of {task}, read by '{kind}'"
        raise ConfigurationError(problem, hint=f"give runs of the reader 'glue', of {', '.join(SCORED_TASKS)}")
    return GlueRun(path, task, folder)


def _missing_tasks(absent: Sequence[str]) -> list[Problem]:
    if not absent:
        return []
    files = [file.name for file in FILES.values() if file.task in absent]
    return [
        Problem(
            f"no run of {', '.join(absent)}, so there is no {', '.join(files)}",
            hint="the leaderboard takes whole submissions only: give a run of each task, or --fill-missing",
        )
    ]


def _unanswerable(run: GlueRun, file: SubmissionFile) -> list[Problem]:
    """What would keep a run from answering a test set, found before hours go into predictions."""
    if not _fault(_records(run, file), file):
        return []
    try:
        reader = reader_of(run.folder)
        with home_of(run.folder):
            indices = reader.read(file.split)["idx"]
    except ConfigurationError as error:
        return [replace(one, problem=f"{file.name}: {one.problem}") for one in error.problems]
    fault = _wrong_rows(list(indices), file)
    return [_refused(run, file, fault)] if fault else []


def _refused(run: GlueRun, file: SubmissionFile, fault: str) -> Problem:
    return Problem(
        f"{file.name}: the split '{file.split}' of {run.path} has {fault}",
        hint=f"the test set has the indices 0 to {file.rows - 1}; a 'limit' in a run's data reads a part of it",
    )


def _records(run: GlueRun, file: SubmissionFile) -> list[dict[str, Any]]:
    """The predictions that a run's folder has for a file; none where there are none."""
    path = run.folder.predictions_of(file.split)
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _fault(records: Sequence[Mapping[str, Any]], file: SubmissionFile) -> str:
    """What predictions have that a file must not have; nothing if they are the file's."""
    if fault := _wrong_rows([record["idx"] for record in records], file):
        return fault
    odd = next((record for record in records if not file.legal(record["prediction"])), None)
    return "" if odd is None else f"the prediction {odd['prediction']!r} at the index {odd['idx']}"


def _wrong_rows(indices: Sequence[int], file: SubmissionFile) -> str:
    if len(indices) != file.rows:
        return f"{len(indices)} rows instead of {file.rows}"
    lost = set(range(file.rows)).difference(indices)
    return f"no row with the index {min(lost)}" if lost else ""
