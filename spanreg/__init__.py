"""Span fine-tuning for pre-trained language models, assembled from a declarative component registry."""

from pathlib import Path

from spanreg.registry import index_package

__version__ = "0.1.0"

__all__ = ["__version__"]

index_package("spanreg", Path(__file__).parent)
