"""The segmenter ``whole``: every text is one span."""

from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import find_words


def test_builds_from_a_config_and_makes_one_span_of_each_text() -> None:
    segmenter = Segmenter.from_params({"type": "whole"})
    assert segmenter.begins(find_words(["", "New York", "", "is big"])).tolist() == [True, False, True, False]
    assert segmenter.begins(find_words([])).tolist() == []
