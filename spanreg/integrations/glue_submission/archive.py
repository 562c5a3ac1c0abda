"""Write the archive for the GLUE leaderboard from runs of its tasks."""

from __future__ import annotations

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
from spanreg.training.serving.evaluate import dataset_reader_of, evaluate_on_split
from spanreg.training.serving.saved_run import SavedRun

logger = logging.getLogger(__name__)

_EPOCH = (1980, 1, 1, 0, 0, 0)
"The earliest time of a ZIP archive; a fixed time, so that equal predictions give equal bytes."


# Without slots: a cached property needs a ``__dict__``.
@dataclass(frozen=True)
class GlueRun:
    """A finished run of one of GLUE's tasks; its model is not loaded.

    ``glue_runs([Path("runs/rte")])["rte"].figures``
    """

    path: Path
    task: str
    reader: RunReader

    @cached_property
    def figures(self) -> Figures:
        """The metrics of the evaluated splits."""
        splits: Figures = self.reader.read("metrics")["splits"]
        return splits


@dataclass(frozen=True, slots=True)
class WrittenSubmission:
    """The content of a written archive.

    ``write_submission(runs, Path("glue.zip")).filled``
    """

    files: dict[str, int]
    "Number of rows by file."
    filled: tuple[str, ...]
    "Files with constant predictions, because no run of their task was given."


def glue_runs(paths: Sequence[Path]) -> dict[str, GlueRun]:
    """Return the runs by task, in GLUE's order.

    Raises:
        ConfigurationError: a folder has no finished run, a run is damaged or of another task, or a task has two runs;
            all problems at once.
    """
    found: dict[str, GlueRun] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            run = _glue_run(path)
            if run.task in found:
                problem = f"{found[run.task].path} and {path} are both runs of {run.task}"
                raise ConfigurationError(problem, hint="give one run for each task")
            found[run.task] = run
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return {task: found[task] for task in SCORED_TASKS if task in found}


def write_submission(runs: Mapping[str, GlueRun], out: Path, *, fill_missing: bool = False) -> WrittenSubmission:
    """Write the archive: one ``.tsv`` for each of the eleven test sets, in the order of ``FILES``.

    A test set is predicted if the run's folder has no predictions of it yet. Predictions stay there, so that a second
    try continues the first. The leaderboard rejects an archive with a missing file, so every task needs a run.

    Args:
        runs: runs by task, from ``glue_runs``.
        out: the archive; it appears whole or not at all.
        fill_missing: write constant predictions for tasks without a run, so that the archive is accepted; the scores of
            these tasks, and the average, are then meaningless.

    Raises:
        ConfigurationError: tasks without a run, test sets that cannot be read, or predictions for a part of a test set;
            all problems at once.
    """
    # All problems are collected before anything is predicted, which may take hours.
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
    return WrittenSubmission({name: file.rows for name, file in FILES.items()}, tuple(filled))


def predictions_of(run: GlueRun, file: SubmissionFile) -> list[float]:
    """Return a run's predictions of a whole test set, in the order of their indices; missing ones are made.

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
    # Sorted, because predictions may be stored in another order than that of the test set.
    return [record["prediction"] for record in sorted(records, key=lambda record: record["idx"])]


def _glue_run(path: Path) -> GlueRun:
    """Return a finished run of GLUE.

    Raises:
        ConfigurationError: the run is unfinished, damaged, or of another task.
    """
    reader = finished_run(path)
    try:
        data = reader.read("config")["data"]
        task = reader.read("inference")["task"]["name"]
    except KeyError as error:
        hint = "copy the whole folder once more, or train it again"
        raise ConfigurationError(f"the run in {path} is damaged: it has no {error}", hint=hint) from error
    kind = data if isinstance(data, str) else data.get("type")
    if kind != "glue" or task not in SCORED_TASKS:
        problem = f"{path} is a run of {task}, read by '{kind}'"
        raise ConfigurationError(problem, hint=f"give runs of the reader 'glue', of {', '.join(SCORED_TASKS)}")
    return GlueRun(path, task, reader)


def _missing_tasks(absent: Sequence[str]) -> list[Problem]:
    """Return the problem of tasks without a run, if there are any."""
    if not absent:
        return []
    files = [file.name for file in FILES.values() if file.task in absent]
    return [
        Problem(
            f"no run of {', '.join(absent)}, so there is no {', '.join(files)}",
            hint="the leaderboard accepts only whole submissions: give a run of each task, or --fill-missing",
        )
    ]


def _unanswerable(run: GlueRun, file: SubmissionFile) -> list[Problem]:
    """Return why a run cannot predict a test set, before hours are spent on predictions."""
    if not _fault(_records(run, file), file):
        return []
    try:
        data = dataset_reader_of(run.reader)
        with run.reader.in_working_directory():
            indices = data.read(file.split)["idx"]
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
    """Return the predictions that a run's folder has for a file; none if there are none."""
    # A new reader each time: an evaluation in between changes the manifest.
    reader = RunReader(run.path)
    return reader.read_predictions(file.split) if reader.predictions_of(file.split).exists() else []


def _fault(records: Sequence[Mapping[str, Any]], file: SubmissionFile) -> str:
    """Return the fault of predictions; empty if they are those of a whole file."""
    if fault := _wrong_rows([record["idx"] for record in records], file):
        return fault
    odd = next((record for record in records if not file.legal(record["prediction"])), None)
    return "" if odd is None else f"the prediction {odd['prediction']!r} at the index {odd['idx']}"


def _wrong_rows(indices: Sequence[int], file: SubmissionFile) -> str:
    if len(indices) != file.rows:
        return f"{len(indices)} rows instead of {file.rows}"
    # With the right number of rows, a missing index also means a duplicate or a wrong one.
    lost = set(range(file.rows)).difference(indices)
    return f"no row with the index {min(lost)}" if lost else ""
