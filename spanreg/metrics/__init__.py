"""Metrics, by scikit-learn and scipy."""

from spanreg.metrics.base import Metric
from spanreg.metrics.evaluate import evaluate, main_metric

__all__ = ["Metric", "evaluate", "main_metric"]
