"""Runs behind ``transformers.pipeline("text-classification")``: strings in, spans found inside."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from transformers.pipelines import PIPELINE_REGISTRY
from transformers.pipelines.text_classification import TextClassificationPipeline

from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError
from spanreg.training.config.precision import autocast
from spanreg.training.runs.reader import finished_run
from spanreg.training.serving.saved_inputs import SavedInputs
from spanreg.training.serving.saved_run import loadable

TASK = "text-classification"


class SpanTextClassificationPipeline(TextClassificationPipeline):
    """The pipeline of transformers, which also finds spans where its model is a span model.

    ``pipeline("text-classification", model="RUN/model")`` gives one after ``import spanreg``. Dictionary and segmenter
    come from the model's folder, or from the run around one that an earlier version wrote. Pairs are given as
    ``{"text": ..., "pair": ...}``, or with ``text_pair`` as transformers calls it. For all other models it is the
    pipeline that it was.

    Raises:
        ConfigurationError: there is no dictionary and segmenter with the model, or it labels tokens.
    """

    @cached_property
    def run(self) -> SavedInputs | None:
        """The run that the model is of; None for another kind of model."""
        if not isinstance(self.model, SpanModel):
            return None
        folder = Path(self.model.config._name_or_path)
        if not (folder / "config.json").is_file():
            raise ConfigurationError(
                "the pipeline does not know which run the model is of", hint='give its folder: model="RUN/model"'
            )
        alone = (folder / "inference.json").is_file()
        run = SavedInputs(folder if alone else finished_run(folder.absolute().parent).path)
        if run.task.kind == "token_classification":
            problem = f"the run in {run.folder.path} labels tokens, which is not for {TASK}"
            raise ConfigurationError(problem, hint="label them by 'spanreg predict'")
        return run

    def preprocess(self, inputs: Any, **parameters: Any) -> Any:  # type: ignore[override]
        """Token ids and span ids of one text or pair, shape: (1, tokens)."""
        if self.run is None:
            return super().preprocess(inputs, **parameters)
        text, pair = inputs, None
        if isinstance(inputs, dict):
            text, pair = inputs["text"], inputs.get("pair", inputs.get("text_pair"))
        if self.run.task.pair != (pair is not None):
            asked = '{"text": ..., "pair": ...}' if self.run.task.pair else "strings"
            raise ConfigurationError(f"the task {self.run.task.name} asks for {asked}")
        return dict(self.run.batch([text], None if pair is None else [pair]))

    def _forward(self, model_inputs: Any, **parameters: Any) -> Any:  # type: ignore[override]
        if self.run is None:
            return super()._forward(model_inputs, **parameters)  # type: ignore[no-untyped-call]
        # The pipeline pads what it does not know by 0.
        padding = model_inputs["attention_mask"] == 0  # shape: (batch, tokens)
        spans = model_inputs["span_ids"]
        padding = padding.unsqueeze(1) if spans.dim() > padding.dim() else padding
        with autocast(loadable(self.run.settings.precision, self.model.device), self.model.device), torch.no_grad():
            return self.model(**{**model_inputs, "span_ids": spans.masked_fill(padding, -1)})


PIPELINE_REGISTRY.supported_tasks[TASK]["impl"] = SpanTextClassificationPipeline
