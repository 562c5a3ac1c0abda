"""Several segmentations build from a config, equal their segmenters one by one, and are at least two."""

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
PAIRS = {"type": "fixed", "words": 2}


def built(*segmenters: Any) -> Segmenter:
    return Segmenter.from_params({"type": "multi", "segmenters": list(segmenters)}, dictionary=EmptyDictionary())


def test_layers_are_those_of_its_segmenters_in_their_order() -> None:
    words = find_words(TEXTS)
    multi = built("whole", PAIRS, "max_match")
    assert multi.layers == 3
    expected = [
        Segmenter.from_params(one, dictionary=EmptyDictionary()).begins(words) for one in ("whole", PAIRS, "max_match")
    ]
    assert multi.layered_begins(words).tolist() == np.stack(expected).tolist()
    assert multi.begins(words).tolist() == expected[0].tolist()


def test_one_inside_another_is_as_if_written_there() -> None:
    words = find_words(TEXTS)
    nested, flat = built("single", {"type": "multi", "segmenters": [PAIRS, "whole"]}), built("single", PAIRS, "whole")
    assert nested.layers == flat.layers == 3
    assert nested.layered_begins(words).tolist() == flat.layered_begins(words).tolist()


def test_the_fingerprint_covers_all_and_their_order() -> None:
    given = [("single", "whole"), ("whole", "single"), ("single", "whole", "whole"), ("single", PAIRS)]
    assert len({built(*segmenters).fingerprint() for segmenters in given}) == len(given)
    assert built("single", PAIRS).fingerprint() == built("single", PAIRS).fingerprint()


@pytest.mark.parametrize("segmenter", [SingleWordSegmenter(), WholeTextSegmenter()])
def test_the_others_give_one(segmenter: Segmenter) -> None:
    assert segmenter.layers == 1
    assert segmenter.layered_begins(find_words(TEXTS)).shape == (1, 7)


def test_fewer_than_two_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"segmenters: is \['single'\]. give a list of at least 2"):
        built("single")
    for few in ([], [SingleWordSegmenter()]):
        with pytest.raises(ConfigurationError, match="segmenters: expected two or more segmenters, got [01]"):
            MultiSegmenter(few)
