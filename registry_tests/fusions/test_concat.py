"""The concatenating fusion."""

from __future__ import annotations

import pytest
import torch

from spanreg.aggregators import AggregatorOutput
from spanreg.fusions import Fusion
from spanreg.registry import ConfigurationError


def test_concat_is_the_default_fusion() -> None:
    fusion = Fusion.from_params({"dropout": 0.25}, dim=3, channels=2)
    assert type(fusion).__name__ == "ConcatFusion"
    assert fusion.out_dim == 5
    assert fusion.dropout.p == 0.25


def test_both_vectors_are_concatenated() -> None:
    fusion = Fusion.from_params("concat", dim=3, channels=2).eval()
    sentence, sequence = torch.randn(4, 3), torch.randn(4, 2)
    fused = fusion(sentence, AggregatorOutput(sequence, torch.randn(4, 1, 2)))
    rows = zip(sentence.tolist(), sequence.tolist(), strict=True)
    assert fused.tolist() == [[*first, *second] for first, second in rows]


def test_without_an_aggregator_the_sentence_vector_remains() -> None:
    fusion = Fusion.from_params("concat", dim=3, channels=0).eval()
    sentence = torch.randn(4, 3)
    assert torch.equal(fusion(sentence, AggregatorOutput(torch.empty(4, 0), torch.empty(4, 0, 0))), sentence)


def test_dropout_is_applied_in_training_mode_only() -> None:
    torch.manual_seed(0)
    fusion = Fusion.from_params({"type": "concat", "dropout": 0.5}, dim=400, channels=0)
    empty = AggregatorOutput(torch.empty(1, 0), torch.empty(1, 0, 0))
    dropped = fusion(torch.ones(1, 400), empty)
    assert 120 < int((dropped == 0).sum()) < 280  # 200 is expected, and 80 are 8 standard deviations
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(fusion.eval()(torch.ones(1, 400), empty), torch.ones(1, 400))


def test_the_result_has_the_precision_of_the_sentence_vector() -> None:
    fusion = Fusion.from_params("concat", dim=1, channels=1).eval()
    halves = AggregatorOutput(torch.ones(2, 1, dtype=torch.bfloat16), torch.ones(2, 1, 1))
    assert fusion(torch.ones(2, 1), halves).dtype == torch.float32


@pytest.mark.parametrize("dropout", [-0.1, 1.5])
def test_a_dropout_outside_0_to_1_is_rejected(dropout: float) -> None:
    with pytest.raises(ConfigurationError, match=r"dropout.*between 0 and 1"):
        Fusion.from_params({"type": "concat", "dropout": dropout}, dim=1, channels=1)
