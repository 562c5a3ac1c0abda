"""Metrics, by scikit-learn and scipy."""

from spanreg.metrics.base import Metric
from spanreg.metrics.chunk_f1 import ChunkF1
from spanreg.metrics.evaluate import evaluate, main_metric

__all__ = ["ChunkF1", "Metric", "evaluate", "main_metric"]
