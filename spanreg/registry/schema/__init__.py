"""Write JSON Schemas of configs from the signatures of components."""

from spanreg.registry.schema import components, values  # importing them registers their functions
from spanreg.registry.schema.writer import Schema, SchemaWriter

__all__ = ["Schema", "SchemaWriter", "components", "values"]
