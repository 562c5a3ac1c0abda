"""From read sentences to cached token ids and span ids."""

from spanreg.preparation.alignment import SpanTokenizer, SpanTokens
from spanreg.preparation.collator import SpanCollator
from spanreg.preparation.prepare import Prepared, prepare
from spanreg.preparation.statistics import SpanStatistics

__all__ = ["Prepared", "SpanCollator", "SpanStatistics", "SpanTokenizer", "SpanTokens", "prepare"]
