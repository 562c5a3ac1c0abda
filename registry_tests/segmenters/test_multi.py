"""Several segmentations at once: layers, nesting, fingerprints, and refused numbers of segmenters."""

from typing import Any

import numpy as np
import pytest

from spanreg.dictionaries.empty import EmptyDictionary
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.multi import MultiSegmenter
from spanreg.segmenters.single import SingleWordSegmenter
from spanreg.segmenters.whole import WholeTextSegmenter
from spanreg.text.unicode.words import find_words

TEXTS = ["a b c d e", "", "f g"]
PAIRS_OF_WORDS = {"type": "fixed", "words": 2}


def make_segmenter(*segmenters: Any) -> Segmenter:
    """Return the segmenter of several configs, with an empty dictionary."""
    return Segmenter.from_params({"type": "multi", "segmenters": list(segmenters)}, dictionary=EmptyDictionary())


def test_the_layers_equal_the_segmenters_in_their_order() -> None:
    words = find_words(TEXTS)
    multi = make_segmenter("whole", PAIRS_OF_WORDS, "max_match")
    assert multi.layers == 3
    expected = [
        Segmenter.from_params(config, dictionary=EmptyDictionary()).begins(words)
        for config in ("whole", PAIRS_OF_WORDS, "max_match")
    ]
    assert multi.layered_begins(words).tolist() == np.stack(expected).tolist()
    assert multi.begins(words).tolist() == expected[0].tolist()


def test_nested_segmenters_equal_flat_ones() -> None:
    words = find_words(TEXTS)
    nested = make_segmenter("single", {"type": "multi", "segmenters": [PAIRS_OF_WORDS, "whole"]})
    flat = make_segmenter("single", PAIRS_OF_WORDS, "whole")
    assert nested.layers == flat.layers == 3
    assert nested.layered_begins(words).tolist() == flat.layered_begins(words).tolist()


def test_the_fingerprint_covers_the_segmenters_and_their_order() -> None:
    variants = [("single", "whole"), ("whole", "single"), ("single", "whole", "whole"), ("single", PAIRS_OF_WORDS)]
    assert len({make_segmenter(*segmenters).fingerprint() for segmenters in variants}) == len(variants)
    first, second = make_segmenter("single", PAIRS_OF_WORDS), make_segmenter("single", PAIRS_OF_WORDS)
    assert first.fingerprint() == second.fingerprint()


@pytest.mark.parametrize("segmenter", [SingleWordSegmenter(), WholeTextSegmenter()])
def test_other_segmenters_have_one_layer(segmenter: Segmenter) -> None:
    assert segmenter.layers == 1
    assert segmenter.layered_begins(find_words(TEXTS)).shape == (1, 7)


def test_fewer_than_two_segmenters_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"segmenters: is \['single'\]. give a list of at least 2"):
        make_segmenter("single")
    for few in ([], [SingleWordSegmenter()]):
        with pytest.raises(ConfigurationError, match="segmenters: expected two or more segmenters, got [01]"):
            MultiSegmenter(few)
