"""A finished run, read back from its folder alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from spanreg.data.base import Task
from spanreg.dictionaries.base import SpanDictionary
from spanreg.encoders.sources import load_tokenizer
from spanreg.model import SpanModel
from spanreg.preparation import SpanCollator, SpanTokenizer
from spanreg.preparation.gold_tokens import POSITIONS, first_pieces
from spanreg.registry import ConfigurationError, Params
from spanreg.segmenters.base import Segmenter
from spanreg.text.joined import TokenOffsets
from spanreg.training.attachments import located_attachments
from spanreg.training.inference import Scorer, Scores
from spanreg.training.precision import Precision, computes_in_bf16, training_device
from spanreg.training.run_folder import RunFolder, finished_run

FORMAT = 1
_INCLUDE = "--include-package"
_PARTS = ("inference.json", "model/config.json", "model/*.safetensors", "model/tokenizer*.json")


@dataclass(frozen=True, slots=True)
class SavedSettings:
    """What prediction needs beside model, tokenizer and dictionary; the content of ``inference.json``."""

    format: int
    "Version of this file's layout."
    task: dict[str, Any]
    segmenter: dict[str, Any]
    "Its config; dictionaries and files in it stand in the folder, by their paths there."
    max_tokens: int
    batch_size: int
    precision: Precision


class SavedRun:
    """A finished run as a function from texts to scores.

    Everything comes from the run folder: it may have been moved, the network may be off, and the encoder's, the data's
    and the corpus's first homes may be gone.

    Parameters:
        path: the run folder.

    Raises:
        ConfigurationError: not a run folder, or a run that is unfinished, damaged or of another version.
    """

    def __init__(self, path: Path) -> None:
        self.folder: RunFolder = finished_run(path)
        _require_parts(self.folder)
        self.settings = _read_settings(self.folder)
        self.task = Task(**{**self.settings.task, **_tuples(self.settings.task)})
        self.device = training_device()
        self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(str(self.folder.model))
        self.dictionary = _read_dictionary(self.folder)
        config = located_attachments(self.settings.segmenter, path)
        with _included(self.folder):
            self.segmenter: Segmenter = Segmenter.from_params(
                Params(config, history="segmenter."), dictionary=self.dictionary
            )
            self.model: SpanModel = SpanModel.from_pretrained(self.folder.model, local_files_only=True)
        self.model.to(self.device)
        self.span_tokenizer = SpanTokenizer(self.tokenizer, self.segmenter, self.settings.max_tokens)

    def scorer(self, batch_size: int | None = None) -> Scorer:
        """Runs the model over prepared examples, by default in batches of the size that the run was evaluated in."""
        precision = _loadable(self.settings.precision, self.device)
        collator, size = SpanCollator(self.tokenizer), batch_size or self.settings.batch_size
        return Scorer(self.model, collator, size, precision, self.task.bounds)

    def score(
        self, texts: Sequence[str], pairs: Sequence[str] | None = None, words: TokenOffsets | None = None
    ) -> Scores:
        """Scores texts, or pairs of texts, in their order; for a few thousand at a time.

        Args:
            texts: the texts.
            pairs: their second ones, for a task on pairs.
            words: what to label in each text, where tokens are labelled; default: its words.
        """
        tokens = self.span_tokenizer(texts, pairs)
        examples: list[dict[str, Any]] = list(tokens.examples())
        if self.model.token_level:
            own = tokens.words
            words = words or TokenOffsets(own.starts, own.ends, own.bounds)
            positions = np.split(first_pieces(tokens, texts, words), words.bounds[1:-1])
            examples = [{**one, POSITIONS: row} for one, row in zip(examples, positions, strict=True)]
        return self.scorer()(examples, (tokens.bounds[1:] - tokens.bounds[:-1]).tolist())


def _require_parts(folder: RunFolder) -> None:
    """A run is finished only when all its parts are there; one that is missing now was lost since."""
    missing = [name for name in _PARTS if not any(folder.path.glob(name))]
    if missing:
        raise ConfigurationError(
            f"the run in {folder.path} is damaged: there is no {missing[0]}",
            hint="copy the whole folder once more, or train it again",
        )


def _read_settings(folder: RunFolder) -> SavedSettings:
    written = folder.read("inference")
    if written.get("format") != FORMAT:
        raise ConfigurationError(
            f"the run in {folder.path} was written in format {written.get('format')}, this version reads {FORMAT}",
            hint="load it with the version of spanreg that its environment.json names",
        )
    return SavedSettings(**written)


@contextmanager
def _included(folder: RunFolder) -> Iterator[None]:
    """Reminds of the packages that the run was trained with where a component of it cannot be built."""
    try:
        yield
    except ConfigurationError as error:
        command = folder.read("environment")["command"] if (folder.path / "environment.json").exists() else []
        packages = [text for flag, text in pairwise(command) if flag == _INCLUDE]
        packages += [text.partition("=")[2] for text in command if text.startswith(f"{_INCLUDE}=")]
        hint = f"the run was trained with {' '.join(f'{_INCLUDE} {name}' for name in packages)}" if packages else ""
        file = str(folder.path)
        raise ConfigurationError(
            replace(one, file=one.file or file, hint="; ".join(filter(None, (one.hint, hint))))
            for one in error.problems
        ) from error.__cause__


def _read_dictionary(folder: RunFolder) -> SpanDictionary | None:
    if not folder.dictionary.exists():
        return None
    dictionary: SpanDictionary = SpanDictionary.by_name("file")(path=str(folder.dictionary))
    return dictionary


def _tuples(task: Mapping[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that they were."""
    return {name: tuple(value) for name, value in task.items() if isinstance(value, list)}


def _loadable(trained: Precision, device: torch.device) -> Precision:
    """The precision of the training where this machine computes in it, otherwise fp32."""
    able = {"fp32": True, "bf16": computes_in_bf16(device), "fp16": device.type == "cuda"}
    return trained if able[trained] else "fp32"
