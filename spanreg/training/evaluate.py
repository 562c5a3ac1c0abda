"""Figures of a finished run on a split of its task or on a file."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets import Dataset

from spanreg.data.base import DatasetReader, Task
from spanreg.preparation import Prepared, prepare
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import (
    NotWritableError,
    locked,
    replace_files,
    require_no_way_out,
    temporary_folder,
    write_json,
)
from spanreg.text.joined import join_tokens
from spanreg.training.evaluation import Evaluated, evaluate_split, write_predictions
from spanreg.training.examples import read_labelled_example
from spanreg.training.run_folder import LOCK, RunFolder
from spanreg.training.run_reader import RunReader
from spanreg.training.saved_run import SavedRun

logger = logging.getLogger(__name__)


def evaluate_on_split(run: SavedRun, split: str) -> dict[str, float]:
    """Return the figures on a split of the run's own task, whose data are read again.

    The figures and the per-example predictions are added to the run folder; one that is not writable stays as it is,
    which a warning says.

    Raises:
        ConfigurationError: the data or the split cannot be read, the run is damaged, or the disk is full.
    """
    run.folder.predictions_of(split)
    require_no_way_out(run.folder.path)
    reader = reader_of(run.folder)
    prepared = _prepare(run, reader.read(split), split)
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


def evaluate_on_file(run: SavedRun, path: Path, predictions: Path | None = None) -> dict[str, float]:
    """Figures on a file of labelled examples: JSON Lines with ``text``, ``pair`` for a task on pairs, and ``label``.

    A label is a label word of the task, or its id; for regression a number; for multi-label a list of words or ids.
    Where tokens are labelled, a line has ``tokens`` (a list of words) in place of the text, and in ``label`` one for
    each.

    Args:
        run: a finished run.
        path: the file.
        predictions: where to write the per-example predictions; default: nowhere.

    Raises:
        ConfigurationError: the file or one of its lines cannot be read; the line's number is named.
    """
    result = evaluate_split(run.task, _prepare(run, read_labelled(path, run.task)), run.scorer())
    if predictions is not None:
        write_predictions(predictions, result)
    return result.figures


def read_labelled(path: Path, task: Task) -> Dataset:
    """A file of labelled examples in the columns that readers share."""
    try:
        # splitlines would also cut at characters that JSON allows within a string, such as U+2028.
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}", hint="name a file of JSON lines") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 (byte {error.start})", hint="convert it to UTF-8") from None
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise ConfigurationError(f"{path} has no examples", hint='write {"text": "...", "label": "..."} on every line')
    examples = [read_labelled_example(line, task, f"{path}:{number}") for number, line in numbered]
    columns: dict[str, Sequence[Any]] = {"text": [example["text"] for example in examples]}
    if task.pair:
        columns["pair"] = [example["pair"] for example in examples]
    if task.kind == "token_classification":
        offsets = join_tokens([example["tokens"] for example in examples])[1].rows()
        columns["starts"] = [[start for start, _ in row] for row in offsets]
        columns["ends"] = [[end for _, end in row] for row in offsets]
    columns["label"] = [example["label"] for example in examples]
    columns["idx"] = [number - 1 for number, _ in numbered]
    return Dataset.from_dict(dict(columns))


def _prepare(run: SavedRun, source: Dataset, split: str | None = None) -> Prepared:
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
