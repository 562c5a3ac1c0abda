"""Find where each value of a Jsonnet config comes from."""

from spanreg.registry.config.tracing.origins import ValueOrigin, ValueOrigins
from spanreg.registry.config.tracing.tracer import trace_config

__all__ = ["ValueOrigin", "ValueOrigins", "trace_config"]
