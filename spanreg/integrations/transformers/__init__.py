"""Span models within ``transformers``: its auto classes, a pipeline, and exports that load without this package."""
