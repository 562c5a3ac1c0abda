"""Segmenter and aggregator fit by their classes, known or not."""

from __future__ import annotations

from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.training.fit import misfits, require_fit

MULTI = {"type": "multi", "segmenters": ["single", "whole"]}


@pytest.mark.parametrize(
    ("segmenter", "aggregator", "fits"),
    [
        (None, None, True),
        (None, "hierarchical_cnn", True),
        ("max_match", {"type": "span_lstm"}, True),
        (MULTI, "multi_granularity", True),
        (MULTI, "none", True),
        (MULTI, None, True),
        ({"type": "random", "matched_to": MULTI}, "mean_pool", True),
        (MULTI, "mean_pool", False),
        (None, "multi_granularity", False),
        ("single", {"type": "multi_granularity"}, False),
        ("nobody", "multi_granularity", True),
        (MULTI, 3, True),
    ],
)
def test_one_goes_with_one_and_several_with_several(segmenter: Any, aggregator: Any, fits: bool) -> None:
    given = {"segmenter": segmenter, "aggregator": aggregator, "dictionary": "empty"}
    params = Params({key: value for key, value in given.items() if value is not None})
    assert [problem.path for problem in misfits(params)] == ([] if fits else ["aggregator"])
    assert params.as_dict(quiet=True).keys() <= given.keys()


@pytest.mark.parametrize(
    ("segmenter", "dictionary", "fits"),
    [
        ("max_match", None, False),
        ({"type": "viterbi"}, None, False),
        ("max_match", "empty", True),
        ({"type": "max_match", "dictionary": "empty"}, None, True),
        ("single", None, True),
        (None, None, True),
        ("nobody", None, True),
        (3, None, True),
    ],
)
def test_a_segmenter_that_needs_a_dictionary(segmenter: Any, dictionary: Any, fits: bool) -> None:
    found = misfits(Params({"segmenter": segmenter, "dictionary": dictionary}))
    assert [problem.path for problem in found] == ([] if fits else ["segmenter"])


def test_a_misfit_is_a_mistake_of_the_user() -> None:
    with pytest.raises(ConfigurationError, match="the segmenter 'the default' gives one"):
        require_fit(Params({"aggregator": "multi_granularity"}))
