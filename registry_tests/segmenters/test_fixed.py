"""Spans of a fixed number of words: equality with a slow loop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.fixed import FixedLengthSegmenter
from spanreg.text.unicode.words import find_words


@given(st.lists(st.lists(st.just("a"), max_size=9).map(" ".join), max_size=5), st.integers(1, 5))
def test_equals_a_slow_loop(texts: list[str], words: int) -> None:
    expected = [i % words == 0 for text in texts for i in range(len(text.split()))]
    assert FixedLengthSegmenter(words).begins(find_words(texts)).tolist() == expected


def test_builds_from_a_config() -> None:
    segmenter = Segmenter.from_params({"type": "fixed"})
    assert segmenter.begins(find_words(["a b c d"])).tolist() == [True, False, False, True]
    with pytest.raises(ConfigurationError, match="at least 1"):
        Segmenter.from_params({"type": "fixed", "words": 0})
