"""The LSTM over spans on a CPU, in the number format of its weights."""

from __future__ import annotations

import torch

from registry_tests.aggregators.conftest import MakeBatch
from spanreg.aggregators import Aggregator


def test_under_bf16_the_states_are_those_of_the_weights_format(make_batch: MakeBatch) -> None:
    """torch has no bf16 LSTM for some processors, so that it must not be asked for one on any."""
    torch.manual_seed(0)
    aggregator = Aggregator.from_params({"type": "span_lstm", "hidden": 4}, dim=6)
    tokens, span_ids = make_batch([[2, 1], [1, 1, 1]])
    tokens = tokens.float()
    exact = aggregator(tokens, span_ids)
    with torch.autocast("cpu", torch.bfloat16):
        found = aggregator(tokens, span_ids)
    assert found.sequence.dtype == torch.float32
    torch.testing.assert_close(found.sequence, exact.sequence, rtol=0, atol=0.01)
