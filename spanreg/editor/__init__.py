"""Schemas, completion, hover text and diagnostics of configs, for editors and shells."""
