"""A pipeline of transformers for span models: it takes strings and finds their spans itself."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Final

import torch
from transformers.pipelines.text_classification import TextClassificationPipeline

from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError
from spanreg.training.config.precision import autocast
from spanreg.training.runs.reader import finished_run
from spanreg.training.serving.saved_inputs import SavedInputs
from spanreg.training.serving.saved_run import loadable

TASK: Final = "span-text-classification"


class SpanTextClassificationPipeline(TextClassificationPipeline):
    """Text classification by a span model.

    ``pipeline("span-text-classification", model="RUN/model")`` after ``import spanreg.integrations.transformers``

    Dictionary and segmenter come from the model's folder, or from the run around one that an earlier version wrote.
    Pairs are given as ``{"text": ..., "pair": ...}``, or with ``text_pair`` as transformers calls it.

    Raises:
        ConfigurationError: the model is not a span model or labels tokens, or its folder has no segmenter.
    """

    @cached_property
    def run(self) -> SavedInputs:
        """The inputs of the run that the model belongs to."""
        if not isinstance(self.model, SpanModel):
            problem = f"{TASK}: {type(self.model).__name__} is not a span model"
            raise ConfigurationError(problem, hint='use pipeline("text-classification")')
        folder = Path(self.model.config._name_or_path)
        if not (folder / "config.json").is_file():
            raise ConfigurationError(
                f"{TASK}: the folder of the model is not known", hint='give its folder: model="RUN/model"'
            )
        has_inputs = (folder / "inference.json").is_file()
        run = SavedInputs(folder if has_inputs else finished_run(folder.absolute().parent).path)
        if run.task.kind == "token_classification":
            problem = f"{TASK}: the run in {run.folder.path} labels tokens"
            raise ConfigurationError(problem, hint="label them by 'spanreg predict'")
        return run

    def preprocess(self, inputs: Any, **parameters: Any) -> Any:  # type: ignore[override]
        """Return token ids and span ids of one text or pair, shape: (1, tokens)."""
        text, pair = inputs, None
        if isinstance(inputs, dict):
            text, pair = inputs["text"], inputs.get("pair", inputs.get("text_pair"))
        if self.run.task.pair != (pair is not None):
            expected = '{"text": ..., "pair": ...}' if self.run.task.pair else "strings"
            raise ConfigurationError(f"{TASK}: the task {self.run.task.name} expects {expected}")
        return dict(self.run.batch([text], None if pair is None else [pair]))

    def _forward(self, model_inputs: Any, **parameters: Any) -> Any:  # type: ignore[override]
        # The pipeline pads tensors that it does not know with 0, which is a span of its own; the model expects -1.
        padding = model_inputs["attention_mask"] == 0  # shape: (batch, tokens)
        spans = model_inputs["span_ids"]
        padding = padding.unsqueeze(1) if spans.dim() > padding.dim() else padding
        with autocast(loadable(self.run.settings.precision, self.model.device), self.model.device), torch.no_grad():
            return self.model(**{**model_inputs, "span_ids": spans.masked_fill(padding, -1)})
