"""Inputs and forward pass of the pipelines, from the run that a model belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError
from spanreg.training.config.precision import autocast
from spanreg.training.runs.reader import finished_run
from spanreg.training.serving.saved_inputs import SavedInputs
from spanreg.training.serving.saved_run import available_precision


def inputs_of_model(model: Any, task: str, plain_task: str) -> SavedInputs:
    """Return the saved inputs of a span model: tokenizer, dictionary and segmenter of its folder or of its run.

    Args:
        model: the model of a pipeline.
        task: name of the pipeline's task, for messages.
        plain_task: the task of transformers for other models, for messages.

    Raises:
        ConfigurationError: it is not a span model, or its folder has no segmenter.
    """
    if not isinstance(model, SpanModel):
        problem = f"{task}: {type(model).__name__} is not a span model"
        raise ConfigurationError(problem, hint=f'use pipeline("{plain_task}")')
    folder = Path(model.config._name_or_path)
    if not (folder / "config.json").is_file():
        raise ConfigurationError(
            f"{task}: the folder of the model is not known", hint='give its folder: model="RUN/model"'
        )
    # Runs of earlier versions have the files of the inputs above the folder "model".
    has_inputs = (folder / "inference.json").is_file()
    return SavedInputs(folder if has_inputs else finished_run(folder.absolute().parent).path)


def forward(model: Any, run: SavedInputs, inputs: Mapping[str, Any]) -> Any:
    """Return the outputs of a span model for a batch that a pipeline has padded.

    Args:
        model: the model.
        run: its inputs.
        inputs: tensors by the names of the model's arguments.
    """
    # The pipeline pads tensors that it does not know with 0, which is a span of its own; the model expects -1.
    padding = inputs["attention_mask"] == 0  # shape: (batch, tokens)
    spans = inputs["span_ids"]
    padding = padding.unsqueeze(1) if spans.dim() > padding.dim() else padding
    with autocast(available_precision(run.settings.precision, model.device), model.device), torch.no_grad():
        return model(**{**inputs, "span_ids": spans.masked_fill(padding, -1)})
