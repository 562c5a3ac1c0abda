"""Span models within ``transformers``; importing this package registers its auto classes and a pipeline of our own.

``AutoModelForSequenceClassification.from_pretrained("run/model")``
``pipeline("span-text-classification", model="run/model")``
"""

from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification
from transformers.pipelines import PIPELINE_REGISTRY

from spanreg.integrations.transformers.pipeline import TASK, SpanTextClassificationPipeline
from spanreg.model import SpanModel, SpanModelConfig

__all__ = ["TASK", "SpanTextClassificationPipeline"]

AutoConfig.register(SpanModelConfig.model_type, SpanModelConfig, exist_ok=True)
AutoModel.register(SpanModelConfig, SpanModel, exist_ok=True)
AutoModelForSequenceClassification.register(SpanModelConfig, SpanModel, exist_ok=True)
PIPELINE_REGISTRY.register_pipeline(
    TASK, SpanTextClassificationPipeline, pt_model=AutoModelForSequenceClassification, type="text"
)
