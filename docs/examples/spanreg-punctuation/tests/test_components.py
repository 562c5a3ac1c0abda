"""Both components satisfy the contracts of their families, and compute what their docstrings describe."""

from __future__ import annotations

import torch
from spanreg_punctuation import FirstTokenAggregator, PunctuationSegmenter

from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.testing import check_component


def test_the_segmenter_satisfies_its_contract() -> None:
    check_component(PunctuationSegmenter)


def test_the_aggregator_satisfies_its_contract() -> None:
    check_component(FirstTokenAggregator, {"channels": 4})


def test_spans_end_at_marks() -> None:
    text = "In the end, it rained."
    spans = segment_texts(PunctuationSegmenter(), [text])[0]
    assert [text[span.start : span.end] for span in spans] == [
        "In the end",
        ",",
        "it rained",
        ".",
    ]


def test_equals_a_slow_loop() -> None:
    torch.manual_seed(0)
    aggregator, tokens = FirstTokenAggregator(dim=3, channels=2), torch.randn(1, 5, 3)
    expected = torch.stack([aggregator.layer(tokens[0, first]) for first in (0, 2, 3)]).mean(0)
    torch.testing.assert_close(aggregator(tokens, torch.tensor([[0, 0, 1, 2, 2]])).sequence[0], expected)
