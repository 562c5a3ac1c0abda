"""JSON Schemas of configs, written from the signatures of the components."""

from spanreg.registry.schema import components, values
from spanreg.registry.schema.writer import Schema, SchemaWriter

__all__ = ["Schema", "SchemaWriter", "components", "values"]
