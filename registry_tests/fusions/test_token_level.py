"""Every fusion at token level: each token vector is treated as a sentence vector."""

from __future__ import annotations

import pytest
import torch

from spanreg.aggregators import AggregatorOutput
from spanreg.fusions import Fusion

DIM, CHANNELS = 4, 6
NAMES = sorted(Fusion.list_available())


@pytest.mark.parametrize("name", NAMES)
def test_each_token_is_fused_independently(name: str) -> None:
    torch.manual_seed(0)
    fusion = Fusion.from_params(name, dim=DIM, channels=CHANNELS, span_channels=CHANNELS).double().eval()
    tokens, sequence, spans = (
        torch.randn(2, *shape, dtype=torch.float64) for shape in ((5, DIM), (5, CHANNELS), (3, CHANNELS))
    )
    exists = torch.tensor([[True, True, True], [True, True, False]])
    together = fusion(tokens, AggregatorOutput(sequence, spans, exists))
    assert together.shape == (2, 5, fusion.out_dim)
    for token in range(5):
        alone = fusion(tokens[:, token], AggregatorOutput(sequence[:, token], spans, exists))
        torch.testing.assert_close(together[:, token], alone, rtol=0, atol=1e-12)


# `span_only` needs an aggregator.
@pytest.mark.parametrize("name", [name for name in NAMES if name != "span_only"])
def test_without_an_aggregator_the_token_vectors_remain(name: str) -> None:
    fusion = Fusion.from_params(name, dim=DIM, channels=0, span_channels=0).eval()
    tokens = torch.randn(2, 5, DIM)
    assert torch.equal(fusion(tokens, AggregatorOutput(torch.empty(2, 5, 0), torch.empty(2, 0, 0))), tokens)
