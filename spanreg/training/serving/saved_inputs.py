"""Texts to model inputs, as a run prepares them, read from its folder alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import PreTrainedTokenizerBase

from spanreg.data.base import task_of_json
from spanreg.data.layout_of_config import layout_of_config
from spanreg.data.sources.layout import DataLayout
from spanreg.dictionaries.base import SpanDictionary
from spanreg.encoders.sources import load_tokenizer
from spanreg.preparation import SpanCollator, SpanTokenizer
from spanreg.preparation.alignment import NoTokensError, SpanTokens, text_without_tokens
from spanreg.preparation.truncation import SpanBudget, Truncation
from spanreg.registry import ConfigurationError, Params, reminding_of
from spanreg.segmenters.base import Segmenter
from spanreg.storage import DamagedFileError, damaged, shape_fault
from spanreg.training.config.precision import Precision
from spanreg.training.runs.attachments import located_attachments
from spanreg.training.runs.layout import AGAIN
from spanreg.training.runs.reader import RunReader, loading, open_run

FORMAT = 1
"Version of the layout of ``inference.json``."
# environment.json has the packages that the training included; errors name them.
PARTS = ("inference.json", "dictionary.parquet", "dictionaries", "files", "environment.json")
"Files and folders that make a model's inputs, without the tokenizer."


@dataclass(frozen=True, slots=True)
class SavedSettings:
    """Settings of a run that prediction needs; the content of ``inference.json``.

    ``SavedInputs(Path("run")).settings.max_tokens``
    """

    format: int
    task: dict[str, Any]
    segmenter: dict[str, Any]
    "Its config; dictionaries and files in it are named by their paths in the folder."
    max_tokens: int
    batch_size: int
    precision: Precision
    truncation: Truncation = "longest_first"
    max_spans: int | None = None
    layout: dict[str, Any] | None = None
    "Columns of texts and labels in the training data; None in runs of earlier versions."


class SavedInputs:
    """Tokenizer, dictionary, segmenter and collator of a run: all that makes a model's inputs.

    ``SavedInputs(Path("run")).batch(["She spilled the beans."])``

    Parameters:
        path: a run folder, its folder ``model``, or a folder that ``spanreg export`` wrote; all may have been moved.

    Raises:
        ConfigurationError: a part is missing, of another version, or cannot be built.
    """

    def __init__(self, path: Path) -> None:
        self.folder = open_run(path)
        self.folder.verify_inputs()  # not the weights, which an export does not have
        self.settings = _read_settings(self.folder)
        with run_errors(self.folder), loading(self.folder.model):
            self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(str(self.folder.model))
        self.dictionary = _read_dictionary(self.folder)
        with run_errors(self.folder), loading(path / "inference.json"):
            self.task = task_of_json(self.settings.task)
            self.layout = _layout(self.folder, self.settings)
            config = located_attachments(self.settings.segmenter, path)
            whole: Segmenter = Segmenter.from_params(Params(config, history="segmenter."), dictionary=self.dictionary)
            self.segmenter_of_splits = whole
            "Segments the texts of the task's splits, each by its ``for_split``."
            self.segmenter = whole.for_split(None)
            "Segments all other texts."
            settings = self.settings
            # As in the training: truncated otherwise, long texts would get other predictions.
            by_spans = settings.truncation == "released"
            self.budget = SpanBudget(settings.max_tokens, settings.max_spans) if by_spans else None
            self.span_tokenizer = SpanTokenizer(self.tokenizer, self.segmenter, settings.max_tokens, self.budget)
            self.collator = SpanCollator(self.tokenizer)

    def batch(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Return one padded batch of all texts, or pairs of texts: the arguments of the model.

        Raises:
            NoTokensError: a text has no tokens.
        """
        return self.collator(list(self.tokens(texts, pairs).examples()))

    def tokens(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> SpanTokens:
        """Return the tokens and spans of texts, or of pairs of texts.

        Raises:
            NoTokensError: a text has no tokens.
        """
        tokens = self.span_tokenizer(texts, pairs)
        if (empty := text_without_tokens(tokens)) is not None:
            raise NoTokensError(empty, f"text {empty} (counted from 0)")
        return tokens


def copy_inputs(source: Path, target: Path) -> None:
    """Copy the files that make a model's inputs, the tokenizer left out, from a run folder into another folder.

    A copy is a hard link where that is possible, so that it takes no space.
    """
    for name in PARTS:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, copy_function=_link)
        elif (source / name).exists():
            _link(source / name, target / name)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        # A link is safe: a run replaces its files, and never changes them in place.
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def _read_settings(folder: RunReader) -> SavedSettings:
    """Return the settings of a run, checked against the fields of ``SavedSettings``."""
    written = folder.read("inference")
    if written.get("format") != FORMAT:
        raise ConfigurationError(
            f"the run in {folder.path} was written in format {written.get('format')}, this version reads {FORMAT}",
            hint="load it with the version of spanreg that its environment.json names",
        )
    if fault := shape_fault(written, SavedSettings):
        raise damaged(folder.path / "inference.json", fault, AGAIN)
    return SavedSettings(**written)


@contextmanager
def run_errors(folder: RunReader) -> Iterator[None]:
    """Name the run folder, and the packages that its training included, in errors over its components."""
    try:
        with reminding_of(folder.included_packages, "the run"):
            yield
    except DamagedFileError:
        raise  # it names its file already
    except ConfigurationError as error:
        problems = (replace(one, file=one.file or str(folder.path)) for one in error.problems)
        raise type(error)(problems) from error.__cause__


def _layout(folder: RunReader, settings: SavedSettings) -> DataLayout:
    """Return the columns of the training data; for a run of an earlier version, those that its config names."""
    if settings.layout is not None:
        return DataLayout.from_json(settings.layout)
    return layout_of_config(folder.read("config")["data"]) if folder.has_config else DataLayout()


def _read_dictionary(folder: RunReader) -> SpanDictionary | None:
    """Return the dictionary in a run folder; None if the run has none."""
    if not folder.dictionary.exists():
        if folder.has_config and folder.config().get("dictionary") is not None:
            raise damaged(folder.dictionary, "is missing", AGAIN)
        return None
    # Absolute: the working directory may change before its n-grams are read.
    dictionary: SpanDictionary = SpanDictionary.by_name("file")(path=str(folder.dictionary.absolute()))
    return dictionary
