"""Scorers of sampled n-grams."""

from spanreg.scorers.base import Level, Neighbours, Sample, Scorer

__all__ = ["Level", "Neighbours", "Sample", "Scorer"]
