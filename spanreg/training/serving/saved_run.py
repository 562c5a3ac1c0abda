"""A finished run as a predictor, read from its folder alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from spanreg.model import SpanModel
from spanreg.preparation.gold_tokens import POSITIONS, first_pieces
from spanreg.registry import ConfigurationError
from spanreg.storage import damaged
from spanreg.text.joined import TokenOffsets
from spanreg.training.config.precision import Precision, computes_in_bf16, training_device
from spanreg.training.evaluation.batch_predictor import BatchPredictor, ModelPredictions
from spanreg.training.runs.layout import AGAIN, RunFolder
from spanreg.training.runs.reader import finished_run, loading
from spanreg.training.serving.saved_inputs import SavedInputs, run_errors

_MODEL_FILES = ("config.json", "*.safetensors", "tokenizer*.json")


class SavedRun(SavedInputs):
    """A finished run that predicts labels of texts.

    Everything comes from the folder: it may have been moved, and neither a network nor the original encoder, data and
    corpus are needed.

    ``SavedRun(Path("run")).score(["She spilled the beans."]).predictions``

    Parameters:
        path: the run folder, or its folder ``model``.

    Raises:
        ConfigurationError: it is not a run folder, or the run is unfinished, damaged or of another version.
    """

    def __init__(self, path: Path) -> None:
        # In this order: a missing part gets a clearer message than the one of the library that reads it.
        _require_parts(finished_run(path))
        super().__init__(path)
        self.device = training_device()
        with run_errors(self.folder), loading(self.folder.model):
            self.model: SpanModel = SpanModel.from_pretrained(self.folder.model, local_files_only=True)
        self._require_fitting_parts()
        self.model.to(self.device)
        self._require_forward_pass()

    def _require_fitting_parts(self) -> None:
        """Check that tokenizer, task and model are of one run.

        Raises:
            DamagedFileError: they do not fit.
        """
        # Files of several runs in one folder would fail in the middle of a prediction, with an error of torch.
        # The vocabulary without added tokens: some tokenizers add tokens that their model has no row for.
        config, backend = self.model.config, cast(Any, self.tokenizer).backend_tokenizer
        with loading(self.folder.model):  # transformers looks up an unknown token without end if there is none
            ids = [*backend.get_vocab(with_added_tokens=False).values(), *self.tokenizer.all_special_ids]
        rows = cast(nn.Embedding, self.model.get_input_embeddings()).num_embeddings
        fitting = {
            "tokens": max(ids, default=0) < rows,
            "labels": config.num_labels == max(1, len(self.task.labels)),
            "max_tokens": config.max_tokens is None or 1 < self.settings.max_tokens <= config.max_tokens,
        }
        for name in (name for name, fits in fitting.items() if not fits):
            raise damaged(self.folder.path, f"its tokenizer, task and model differ in their {name}", AGAIN)

    def _require_forward_pass(self) -> None:
        """Score one short text: many wrong settings in a saved config show only in a forward pass.

        Raises:
            DamagedFileError: the model cannot be run.
        """
        inputs = self.batch(["a"], ["a"] if self.task.pair else None)
        with loading(self.folder.model), torch.inference_mode():
            self.model(**{name: tensor.to(self.device) for name, tensor in inputs.items()})

    def predictor(self, batch_size: int | None = None) -> BatchPredictor:
        """Return a predictor of prepared examples.

        Args:
            batch_size: examples in a batch; default: the evaluation batch size of the run.
        """
        precision = available_precision(self.settings.precision, self.device)
        size = batch_size or self.settings.batch_size
        return BatchPredictor(self.model, self.collator, size, precision, self.task.bounds)

    def score(
        self, texts: Sequence[str], pairs: Sequence[str] | None = None, words: TokenOffsets | None = None
    ) -> ModelPredictions:
        """Return the predictions for texts, or pairs of texts, in their order; for a few thousand at a time.

        Args:
            texts: the texts.
            pairs: the second text of each pair, for a task on pairs.
            words: the tokens to label in each text, for token classification; default: its words.

        Raises:
            NoTokensError: a text has no tokens.
        """
        tokens = self.tokens(texts, pairs)
        examples: list[dict[str, Any]] = list(tokens.examples())
        if self.model.token_level:
            found = tokens.words
            words = words or TokenOffsets(found.starts, found.ends, found.bounds)
            positions = np.split(first_pieces(tokens, texts, words), words.bounds[1:-1])
            examples = [{**one, POSITIONS: row} for one, row in zip(examples, positions, strict=True)]
        return self.predictor()(examples, (tokens.bounds[1:] - tokens.bounds[:-1]).tolist())


def _require_parts(folder: RunFolder) -> None:
    """Check that no part of a finished run is missing.

    Raises:
        ConfigurationError: a part is missing.
    """
    if reason := folder.discarded_weights:
        raise ConfigurationError(
            f"the weights of the run in {folder.path} were not kept ({reason})",
            hint="train its config.json again into another folder, or set keep_weights: 'all' before a study is run",
        )
    model = folder.model.relative_to(folder.path)
    for name in ("inference.json", *(str(model / part) for part in _MODEL_FILES)):
        if not any(folder.path.glob(name)):
            raise ConfigurationError(f"the run in {folder.path} is damaged: there is no {name}", hint=AGAIN)


def available_precision(trained: Precision, device: torch.device) -> Precision:
    """Return the precision of the training if this machine computes in it, otherwise fp32."""
    # On a machine that emulates bf16, fp32 is faster and at least as exact.
    able = {"fp32": True, "bf16": computes_in_bf16(device), "fp16": device.type == "cuda"}
    return trained if able[trained] else "fp32"
