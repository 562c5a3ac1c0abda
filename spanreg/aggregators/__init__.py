"""Aggregators."""

from spanreg.aggregators.base import Aggregated, Aggregator

__all__ = ["Aggregated", "Aggregator"]
