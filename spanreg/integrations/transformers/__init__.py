"""Span models within ``transformers``; importing this package registers its auto classes and pipelines of our own.

``AutoModelForSequenceClassification.from_pretrained("run/model")``
``pipeline("span-text-classification", model="run/model")``
``pipeline("span-token-classification", model="run/model")``
"""

from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
)
from transformers.pipelines import PIPELINE_REGISTRY

from spanreg.integrations.transformers.pipeline import TASK, SpanTextClassificationPipeline
from spanreg.integrations.transformers.token_pipeline import TOKEN_TASK, SpanTokenClassificationPipeline
from spanreg.model import SpanModel, SpanModelConfig

__all__ = ["TASK", "TOKEN_TASK", "SpanTextClassificationPipeline", "SpanTokenClassificationPipeline"]

# ``exist_ok``: the package may be imported again, as after a reload in a notebook.
AutoConfig.register(SpanModelConfig.model_type, SpanModelConfig, exist_ok=True)
for loader in (AutoModel, AutoModelForSequenceClassification, AutoModelForTokenClassification):
    loader.register(SpanModelConfig, SpanModel, exist_ok=True)
PIPELINE_REGISTRY.register_pipeline(
    TASK, SpanTextClassificationPipeline, pt_model=AutoModelForSequenceClassification, type="text"
)
PIPELINE_REGISTRY.register_pipeline(
    TOKEN_TASK, SpanTokenClassificationPipeline, pt_model=AutoModelForTokenClassification, type="text"
)
