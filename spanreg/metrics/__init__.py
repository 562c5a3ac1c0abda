"""Metrics, by scikit-learn and scipy."""

from spanreg.metrics.base import Metric

__all__ = ["Metric"]
