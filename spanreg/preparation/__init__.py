"""Conversion of labelled sentences to cached token ids and span ids, and to batches."""

from spanreg.preparation.alignment import SpanTokenizer, SpanTokens
from spanreg.preparation.collator import SpanCollator
from spanreg.preparation.prepare import PreparedSplit, prepare
from spanreg.preparation.statistics import SpanStatistics

__all__ = ["PreparedSplit", "SpanCollator", "SpanStatistics", "SpanTokenizer", "SpanTokens", "prepare"]
