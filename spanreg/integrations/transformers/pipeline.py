"""A pipeline of transformers for span models: it takes strings and finds their spans itself."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from transformers.pipelines.text_classification import TextClassificationPipeline

from spanreg.integrations.transformers.span_inputs import forward, inputs_of_model
from spanreg.registry import ConfigurationError
from spanreg.training.serving.saved_inputs import SavedInputs

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
        run = inputs_of_model(self.model, TASK, "text-classification")
        if run.task.kind == "token_classification":
            problem = f"{TASK}: the run in {run.folder.path} labels tokens"
            raise ConfigurationError(problem, hint='use pipeline("span-token-classification")')
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
        outputs = forward(self.model, self.run, model_inputs)
        # As ``spanreg predict`` does: a regression extrapolates, and its scale has an end.
        if self.run.task.bounds is not None:
            outputs["logits"] = outputs["logits"].clamp(*self.run.task.bounds)
        return outputs
