"""The segmenter ``single``, the neutral one of its family: every word is a span."""

from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import find_words


def test_builds_from_a_config_and_makes_a_span_of_each_word() -> None:
    segmenter = Segmenter.from_params({"type": "single"})
    assert segmenter.begins(find_words(["New York", "", "is big"])).tolist() == [True] * 4
    assert segmenter.begins(find_words([])).tolist() == []
