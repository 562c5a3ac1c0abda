"""Metrics of a finished run on a split of its task, or on a file."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from datasets import Dataset

from spanreg.data.base import DatasetReader
from spanreg.data.reading.contract import require_shared_columns
from spanreg.data.reading.external_data import ExternalData
from spanreg.data.reading.recorded import reader_of_data
from spanreg.data.sources.formats import Format
from spanreg.preparation import PreparedSplit, prepare
from spanreg.registry import ConfigurationError
from spanreg.storage import NotWritableError, require_links_inside
from spanreg.training.evaluation.split_evaluation import evaluate_split, write_predictions
from spanreg.training.runs.reader import RunReader
from spanreg.training.runs.session import add_evaluation
from spanreg.training.serving.saved_run import SavedRun

logger = logging.getLogger(__name__)


def evaluate_on_split(run: SavedRun, split: str) -> dict[str, float]:
    """Return the metrics on a split of the run's own task, whose data are read again.

    Metrics and predictions are added to the run folder. If it is not writable, a warning is logged.

    Raises:
        ConfigurationError: the data or the split cannot be read, the run is damaged, or the disk is full.
    """
    if not run.folder.has_config:
        problem = f"{run.folder.path} is a model without its run, so the splits of its task are not known"
        raise ConfigurationError(problem, hint="give a file with --data, or name the run folder")
    run.folder.predictions_of(split)  # raises for a name that cannot be a file name, before hours of work
    require_links_inside(run.folder.path)
    reader = dataset_reader_of(run.folder)
    reader.use_task(run.task)
    with run.folder.in_working_directory():
        source = require_shared_columns(reader, split, reader.read(split))
    prepared = _prepare(run, source, split)
    recorded = run.folder.read("data").get(split)
    if recorded is not None and recorded["fingerprint"] != prepared.data_fingerprint:
        logger.warning("the split '%s' has changed since the run was trained", split)
    # A split may have metrics of its own, as GLUE's diagnostic set has.
    task = replace(run.task, metrics=tuple(reader.metrics(split)))
    result = evaluate_split(task, prepared, run.predictor())
    try:
        add_evaluation(run.folder, split, result.figures, lambda path: write_predictions(path, result))
    except NotWritableError:
        logger.warning("the run in %s is not writable: its figures on '%s' were not stored", run.folder.path, split)
    return result.figures


def dataset_reader_of(folder: RunReader) -> DatasetReader:
    """Return the reader of a run's data, built from the run's config."""
    # Read first: the path of the folder may be relative to the present working directory.
    recorded = {split: facts.get("fingerprint") for split, facts in folder.read("data").items()}
    config = folder.read("config")
    with folder.in_working_directory():
        return reader_of_data(config["data"], recorded, config.get("seed"))


def evaluate_on_file(
    run: SavedRun,
    path: Path,
    predictions: Path | None = None,
    *,
    form: Format | None = None,
    split: str | None = None,
) -> dict[str, float]:
    """Return the metrics of a run on labelled examples of a file, or of a folder of files.

    The file may have any format that training reads. Its columns have the names of the training data, or ``text``,
    ``pair`` and ``label``; labels are read as in training. For token classification, a row of a table has a list of
    words (``tokens``) instead of the text, and a list with one label for each word.

    Args:
        run: a finished run.
        path: the file or folder.
        predictions: where to write the per-example predictions; default: nowhere.
        form: format of the file; default: by its suffix, or that of the training data.
        split: which split of a folder; default: its only one.

    Raises:
        ConfigurationError: the file or one of its lines cannot be read; the line or row is named.
    """
    source = ExternalData(path, form, split).read(run.task, run.layout)
    result = evaluate_split(run.task, _prepare(run, source), run.predictor())
    if predictions is not None:
        write_predictions(predictions, result)
    return result.figures


def _prepare(run: SavedRun, source: Dataset, split: str | None = None) -> PreparedSplit:
    """Return a split in the form of the run's training; None stands for data outside of the run's task."""
    return prepare(
        source,
        tokenizer=run.tokenizer,
        segmenter=run.segmenter_of_splits.for_split(split),
        max_tokens=run.settings.max_tokens,
        budget=run.budget,
        dictionary=run.dictionary,
        regression=run.task.kind == "regression",
    )
