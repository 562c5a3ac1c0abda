"""Span fine-tuning for pre-trained language models, assembled from a declarative component registry."""

# First, because a file in the working directory could answer any other import.
from spanreg import safe_path  # noqa: F401

# isort: split
from pathlib import Path

from spanreg.on_import import follow_import
from spanreg.registry import index_package

__version__ = "0.1.0"

__all__ = ["__version__"]

index_package("spanreg", Path(__file__).parent)

# Whoever uses transformers finds our models in its AutoModel and its pipeline; whoever does not, does not load it.
follow_import("transformers.models.auto.modeling_auto", "spanreg.model")
follow_import("transformers.pipelines", "spanreg.integrations.transformers.pipeline")
