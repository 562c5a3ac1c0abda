"""Figures of a finished run on a split of its task or on a file."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets import Dataset

from spanreg.data.base import DatasetReader
from spanreg.data.reading.contract import require_shared_columns
from spanreg.data.reading.external_data import ExternalData
from spanreg.data.sources.formats import Format
from spanreg.preparation import PreparedSplit, prepare
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import (
    NotWritableError,
    in_directory_of,
    locked,
    replace_files,
    require_no_way_out,
    temporary_folder,
    write_json,
)
from spanreg.training.evaluation.split_evaluation import Evaluated, evaluate_split, write_predictions
from spanreg.training.runs.layout import LOCK, RunFolder
from spanreg.training.runs.reader import RunReader
from spanreg.training.serving.saved_run import SavedRun

logger = logging.getLogger(__name__)


def evaluate_on_split(run: SavedRun, split: str) -> dict[str, float]:
    """Return the figures on a split of the run's own task, whose data are read again.

    The figures and the per-example predictions are added to the run folder; one that is not writable stays as it is,
    which a warning says.

    Raises:
        ConfigurationError: the data or the split cannot be read, the run is damaged, or the disk is full.
    """
    if not run.folder.has_config:
        problem = f"{run.folder.path} is a model without its run, which does not know the task's splits"
        raise ConfigurationError(problem, hint="give a file with --data, or name the run folder")
    run.folder.predictions_of(split)
    require_no_way_out(run.folder.path)
    reader = reader_of(run.folder)
    reader.use_task(run.task)
    with home_of(run.folder):
        source = require_shared_columns(reader, split, reader.read(split))
    prepared = _prepare(run, source, split)
    recorded = run.folder.read("data").get(split)
    if recorded is not None and recorded["fingerprint"] != prepared.data_fingerprint:
        logger.warning("the split '%s' is not what it was when the run was trained", split)
    task = replace(run.task, metrics=tuple(reader.metrics(split)))
    result = evaluate_split(task, prepared, run.scorer())
    try:
        with locked(run.folder.path / LOCK):
            _store(run.folder, split, result)
    except NotWritableError:
        logger.warning("the run in %s is not writable: its figures on '%s' were not stored", run.folder.path, split)
    return result.figures


def _store(folder: RunReader, split: str, result: Evaluated) -> None:
    """Add predictions and figures of a split to a run, for the holder of its lock."""
    metrics = folder.read("metrics")
    metrics["splits"][split] = result.figures
    with temporary_folder(folder.predictions) as staged:
        predictions = folder.predictions_of(split)
        write_predictions(staged / predictions.relative_to(folder.path), result)
        write_json(staged / "metrics.json", metrics)
        replace_files(folder.path, staged)


def reader_of(folder: RunFolder) -> DatasetReader:
    """The reader of a run's task, built from the run's config."""
    reader: DatasetReader = DatasetReader.from_params(Params(dict(_as_mapping(folder.read("config")["data"]))))
    return reader


@contextmanager
def home_of(folder: RunFolder) -> Iterator[None]:
    """Work in the directory that a run was trained in, where the relative paths of its config start."""
    with in_directory_of(folder.path, folder.read("environment").get("directory")):
        yield


def evaluate_on_file(
    run: SavedRun,
    path: Path,
    predictions: Path | None = None,
    *,
    form: Format | None = None,
    split: str | None = None,
) -> dict[str, float]:
    """Return the figures of a run on labelled examples of a file, or of a folder of files.

    The file may have any format that training reads. Its columns are called as in the training data, or ``text``,
    ``pair`` and ``label``; labels are read as in training. Where tokens are labelled, a row of a table has a list of
    words (``tokens``) in place of the text, and a list with one label for each.

    Args:
        run: a finished run.
        path: the file or folder.
        predictions: where to write the per-example predictions; default: nowhere.
        form: format of the file; default: what its suffix says, or the format of the training data.
        split: which split of a folder; default: its only one.

    Raises:
        ConfigurationError: the file or one of its lines cannot be read; the line or row is named.
    """
    source = ExternalData(path, form, split).read(run.task, run.layout)
    result = evaluate_split(run.task, _prepare(run, source), run.scorer())
    if predictions is not None:
        write_predictions(predictions, result)
    return result.figures


def _prepare(run: SavedRun, source: Dataset, split: str | None = None) -> PreparedSplit:
    return prepare(
        source,
        tokenizer=run.tokenizer,
        segmenter=run.segmenter_of_splits.for_split(split),
        max_tokens=run.settings.max_tokens,
        budget=run.budget,
        dictionary=run.dictionary,
    )


def _as_mapping(component: Mapping[str, Any] | str) -> Mapping[str, Any]:
    return {"type": component} if isinstance(component, str) else component
