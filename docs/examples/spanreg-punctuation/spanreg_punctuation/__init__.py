"""Components of this package; importing it registers them."""

from spanreg_punctuation.first_token import FirstTokenAggregator
from spanreg_punctuation.punctuation import PunctuationSegmenter

__all__ = ["FirstTokenAggregator", "PunctuationSegmenter"]
