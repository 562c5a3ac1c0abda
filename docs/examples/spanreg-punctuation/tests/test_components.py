"""Both components keep to the laws of their families, and do what they are for."""

from __future__ import annotations

import torch
from spanreg_punctuation import FirstToken, Punctuation

from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.testing import check_component


def test_the_segmenter_keeps_to_the_laws() -> None:
    check_component(Punctuation)


def test_the_aggregator_keeps_to_the_laws() -> None:
    check_component(FirstToken, {"channels": 4})


def test_spans_end_at_marks() -> None:
    text = "In the end, it rained."
    spans = segment_texts(Punctuation(), [text])[0]
    assert [text[span.start : span.end] for span in spans] == [
        "In the end",
        ",",
        "it rained",
        ".",
    ]


def test_equals_a_slow_loop() -> None:
    torch.manual_seed(0)
    aggregator, tokens = FirstToken(dim=3, channels=2), torch.randn(1, 5, 3)
    expected = torch.stack([aggregator.layer(tokens[0, first]) for first in (0, 2, 3)]).mean(0)
    torch.testing.assert_close(aggregator(tokens, torch.tensor([[0, 0, 1, 2, 2]])).sequence[0], expected)
