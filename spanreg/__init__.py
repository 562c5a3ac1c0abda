"""Span fine-tuning for pre-trained language models, assembled from a declarative component registry."""

__version__ = "0.1.0"

__all__ = ["__version__"]
