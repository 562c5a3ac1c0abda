"""Metrics, computed with scikit-learn and scipy."""

from spanreg.metrics.base import Metric
from spanreg.metrics.chunk_f1 import ChunkF1
from spanreg.metrics.sums import AdditiveScore
from spanreg.metrics.task_metrics import additive_score, evaluate, figures_of, main_metric, require_fitting_metrics

__all__ = [
    "AdditiveScore",
    "ChunkF1",
    "Metric",
    "additive_score",
    "evaluate",
    "figures_of",
    "main_metric",
    "require_fitting_metrics",
]
