"""The span-enhanced model, a ``PreTrainedModel`` of transformers."""

from spanreg.model.config import SpanModelConfig
from spanreg.model.span_model import SpanModel, SpanModelOutput

__all__ = ["SpanModel", "SpanModelConfig", "SpanModelOutput"]
