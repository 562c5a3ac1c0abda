"""The aggregator ``none`` of plain fine-tuning: no vectors and no weights."""

from __future__ import annotations

import torch

from spanreg.aggregators import Aggregator


def test_builds_from_a_config_and_adds_nothing() -> None:
    aggregator = Aggregator.from_params({"type": "none"}, dim=6)
    result = aggregator(torch.randn(3, 4, 6), torch.zeros(3, 4, dtype=torch.long))
    assert aggregator.channels == 0
    assert result.sequence.shape == (3, 0)
    assert result.spans.shape == (3, 0, 0)
    assert not list(aggregator.parameters())


def test_none_is_the_neutral_component_of_its_family() -> None:
    assert Aggregator.neutral == "none"


def test_token_vectors_have_no_dimension_of_segmentations() -> None:
    aggregator = Aggregator.from_params({"type": "none"}, dim=6)
    for shape in ((3, 4), (3, 2, 4)):
        span_ids = torch.zeros(shape, dtype=torch.long)
        result = aggregator(torch.randn(3, 4, 6), span_ids)
        assert aggregator.token_vectors(result, span_ids).shape == (3, 4, 0)
