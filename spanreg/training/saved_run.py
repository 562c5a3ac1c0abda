"""A finished run, read back from its folder alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from spanreg.data.base import Task
from spanreg.dictionaries.base import SpanDictionary
from spanreg.model import SpanModel
from spanreg.preparation import SpanCollator, SpanTokenizer
from spanreg.registry import ConfigurationError, Params
from spanreg.segmenters.base import Segmenter
from spanreg.training.assembly import Assembly, default_segmenter
from spanreg.training.inference import Scorer, Scores
from spanreg.training.precision import Precision, computes_in_bf16, training_device
from spanreg.training.run_folder import RunFolder, finished_run

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class SavedSettings:
    """What prediction needs beside model, tokenizer and dictionary; the content of ``inference.json``."""

    format: int
    "Version of this file's layout."
    task: dict[str, Any]
    segmenter: dict[str, Any]
    "Its config, without a dictionary of its own: that one lies in the folder."
    max_tokens: int
    batch_size: int
    precision: Precision

    @classmethod
    def of(
        cls, assembly: Assembly, segmenter: Mapping[str, Any] | str | None, batch_size: int, precision: Precision
    ) -> SavedSettings:
        """The settings of a run.

        Args:
            assembly: what was trained.
            segmenter: its part of the config; None for the default one.
            batch_size: examples a batch when nothing is learned.
            precision: number format of the matrix products.
        """
        if segmenter is None:
            segmenter = default_segmenter(getattr(assembly.segmenter, "dictionary", None))
        plain = {"type": segmenter} if isinstance(segmenter, str) else dict(segmenter)
        plain.pop("dictionary", None)
        return cls(_FORMAT, asdict(assembly.task), plain, assembly.max_tokens, batch_size, precision)


class SavedRun:
    """A finished run as a function from texts to scores.

    Everything comes from the run folder: it may have been moved, the network may be off, and the encoder's, the data's
    and the corpus's first homes may be gone.

    Parameters:
        path: the run folder.

    Raises:
        ConfigurationError: not a run folder, an unfinished run, or one of another version.
    """

    def __init__(self, path: Path) -> None:
        self.folder: RunFolder = finished_run(path)
        self.settings = _read_settings(self.folder)
        self.task = Task(**{**self.settings.task, **_tuples(self.settings.task)})
        self.device = training_device()
        self.tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            self.folder.model, local_files_only=True
        )
        self.dictionary = _read_dictionary(self.folder)
        self.segmenter: Segmenter = Segmenter.from_params(
            Params(dict(self.settings.segmenter)), dictionary=self.dictionary
        )
        self.model: SpanModel = SpanModel.from_pretrained(self.folder.model, local_files_only=True)
        self.model.to(self.device)  # type: ignore[arg-type]
        self.span_tokenizer = SpanTokenizer(self.tokenizer, self.segmenter, self.settings.max_tokens)

    def scorer(self, batch_size: int | None = None) -> Scorer:
        """Runs the model over prepared examples, by default in batches of the size that the run was evaluated in."""
        precision = _loadable(self.settings.precision, self.device)
        return Scorer(self.model, SpanCollator(self.tokenizer), batch_size or self.settings.batch_size, precision)

    def score(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> Scores:
        """Scores texts, or pairs of texts, in their order; for a few thousand at a time."""
        tokens = self.span_tokenizer(texts, pairs)
        return self.scorer()(list(tokens.examples()), (tokens.bounds[1:] - tokens.bounds[:-1]).tolist())


def _read_settings(folder: RunFolder) -> SavedSettings:
    written = folder.read("inference")
    if written.get("format") != _FORMAT:
        raise ConfigurationError(
            f"the run in {folder.path} was written in format {written.get('format')}, this version reads {_FORMAT}",
            hint="load it with the version of spanreg that its environment.json names",
        )
    return SavedSettings(**written)


def _read_dictionary(folder: RunFolder) -> SpanDictionary | None:
    if not folder.dictionary.exists():
        return None
    dictionary: SpanDictionary = SpanDictionary.by_name("file")(path=folder.dictionary)
    return dictionary


def _tuples(task: Mapping[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that they were."""
    return {name: tuple(value) for name, value in task.items() if isinstance(value, list)}


def _loadable(trained: Precision, device: torch.device) -> Precision:
    """The precision of the training where this machine computes in it, otherwise fp32."""
    able = {"fp32": True, "bf16": computes_in_bf16(device), "fp16": device.type == "cuda"}
    return trained if able[trained] else "fp32"
