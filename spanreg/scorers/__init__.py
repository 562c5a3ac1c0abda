"""Scorers: one number for every sampled n-gram."""

from spanreg.scorers.base import NeighbourStatistics, NgramLevel, NgramSample, Scorer

__all__ = ["NeighbourStatistics", "NgramLevel", "NgramSample", "Scorer"]
