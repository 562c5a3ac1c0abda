"""Aggregators: token vectors and spans to span vectors and a sequence vector."""

from spanreg.aggregators.base import Aggregated, Aggregator, AggregatorOutput

__all__ = ["Aggregated", "Aggregator", "AggregatorOutput"]
