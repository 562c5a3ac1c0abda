"""Properties of every registered fusion, in addition to the family's contract in ``spanreg.testing``."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from spanreg.aggregators import AggregatorOutput
from spanreg.encoders.tiny import TinyEncoder
from spanreg.fusions import Fusion
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError, Params

DIM, CHANNELS, SPAN_CHANNELS = 4, 3, 6
WIDTHS = {"dim": DIM, "channels": CHANNELS, "span_channels": SPAN_CHANNELS}
NAMES = sorted(Fusion.list_available())


def build_fusion(name: str, **options: int) -> Fusion:
    """Return a fusion in float64 and without dropout."""
    torch.manual_seed(0)
    return Fusion.from_params(Params({"type": name, **options}), **WIDTHS).double().eval()


def random_inputs(seed: int = 0) -> tuple[Tensor, AggregatorOutput]:
    """Return sentence vectors and aggregated spans of two sentences, which have four and two spans."""
    generator = torch.Generator().manual_seed(seed)
    sentence, sequence, spans = (
        torch.randn(2, *shape, generator=generator, dtype=torch.float64)
        for shape in ((DIM,), (CHANNELS,), (4, SPAN_CHANNELS))
    )
    exists = torch.tensor([[True] * 4, [True, True, False, False]])
    return sentence, AggregatorOutput(sequence, spans.masked_fill(~exists[..., None], 0), exists)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_equal_finite_differences(name: str) -> None:
    fusion = build_fusion(name)
    sentence, (sequence, spans, exists) = random_inputs()
    tensors = [tensor.requires_grad_() for tensor in (sentence, sequence, spans)]

    def fuse(sentence: Tensor, sequence: Tensor, spans: Tensor) -> Tensor:
        result: Tensor = fusion(sentence, AggregatorOutput(sequence, spans, exists))
        return result

    assert torch.autograd.gradcheck(fuse, tensors)


# `span_only` needs an aggregator; `test_invalid_options_are_rejected` has its message.
@pytest.mark.parametrize("name", [name for name in NAMES if name != "span_only"])
def test_without_an_aggregator_the_sentence_vector_remains(name: str) -> None:
    fusion = Fusion.from_params(name, dim=DIM, channels=0, span_channels=0).eval()
    sentence = torch.randn(2, DIM)
    assert fusion.out_dim == DIM
    assert not list(fusion.parameters())
    assert torch.equal(fusion(sentence, AggregatorOutput(torch.empty(2, 0), torch.empty(2, 0, 0))), sentence)


@pytest.mark.parametrize("name", NAMES)
def test_the_result_has_the_precision_of_the_sentence_vector(name: str) -> None:
    fusion = build_fusion(name).float()
    sentence, aggregated = random_inputs()
    halves = AggregatorOutput(aggregated.sequence.bfloat16(), aggregated.spans.bfloat16(), aggregated.exists)
    with torch.autocast("cpu", torch.bfloat16):
        assert fusion(sentence.float(), halves).dtype == torch.float32


@pytest.mark.parametrize("name", NAMES)
def test_an_exported_fusion_computes_the_same(name: str) -> None:
    fusion = build_fusion(name)
    exported = torch.export.export(fusion, random_inputs()).module()
    torch.testing.assert_close(exported(*random_inputs()), fusion(*random_inputs()), rtol=0, atol=1e-12)


def test_add_equals_a_slow_loop() -> None:
    fusion, (sentence, aggregated) = build_fusion("add"), random_inputs()
    for row, result in enumerate(fusion(sentence, aggregated)):
        expected = sentence[row] + fusion.projection.weight @ aggregated.sequence[row]
        torch.testing.assert_close(result, expected, rtol=0, atol=1e-10)


def test_gate_equals_a_slow_loop() -> None:
    fusion, (sentence, aggregated) = build_fusion("gate"), random_inputs()
    assert fusion.gate.bias.tolist() == [1] * DIM  # training starts nearer to the sentence vector
    for row, result in enumerate(fusion(sentence, aggregated)):
        projected = fusion.projection.weight @ aggregated.sequence[row]
        share = (fusion.gate.weight @ torch.cat((sentence[row], projected)) + fusion.gate.bias).sigmoid()
        expected = share * sentence[row] + (1 - share) * projected
        torch.testing.assert_close(result, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("heads", [1, 3])
def test_cross_attention_equals_a_slow_loop(heads: int) -> None:
    fusion, (sentence, aggregated) = build_fusion("cross_attention", heads=heads).requires_grad_(False), random_inputs()
    width = SPAN_CHANNELS // heads
    results = fusion(sentence, aggregated)
    for row, count in enumerate([4, 2]):
        query = fusion.query(sentence[row])
        attended = torch.zeros(SPAN_CHANNELS, dtype=torch.float64)
        for head in range(heads):
            part = slice(head * width, (head + 1) * width)
            spans = aggregated.spans[row, :count]
            scores = [float(query[part] @ fusion.key(span)[part]) / math.sqrt(width) for span in spans]
            total = sum(map(math.exp, scores))
            for score, span in zip(scores, spans, strict=True):
                attended[part] += math.exp(score) / total * fusion.value(span)[part]
        expected = torch.cat((sentence[row], aggregated.sequence[row], attended))
        torch.testing.assert_close(results[row], expected, rtol=0, atol=1e-10)


def test_cross_attention_needs_the_mask_of_spans() -> None:
    sentence, aggregated = random_inputs()
    with pytest.raises(ValueError, match="has no `exists`"):
        build_fusion("cross_attention")(sentence, aggregated._replace(exists=None))


@pytest.mark.parametrize(
    ("params", "channels", "message"),
    [
        ({"type": "span_only"}, 0, "type: 'span_only' has no input with the aggregator 'none'. use another"),
        (
            {"type": "cross_attention", "heads": 4},
            3,
            "heads: 4 attention heads do not divide the width of the span vectors, 6.",
        ),
        ({"type": "cross_attention", "heads": 0}, 3, "heads: is 0. give at least 1"),
        ({"type": "gate", "dropout": 2.0}, 3, "dropout: is 2.0. give a value between 0 and 1"),
    ],
)
def test_invalid_options_are_rejected(params: dict[str, object], channels: int, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Fusion.from_params(params, **WIDTHS | {"channels": channels})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("aggregator", ["hierarchical_cnn", "flat_cnn", "span_lstm", "self_attentive"])
@pytest.mark.parametrize("name", NAMES)
def test_every_weight_of_a_model_has_a_gradient(name: str, aggregator: str, tiny_batch: dict[str, Tensor]) -> None:
    options = {"inter_channels": 5, "channels": 7} if aggregator == "hierarchical_cnn" else {}
    parts = {"encoder": "tiny", "aggregator": {"type": aggregator, **options}, "fusion": {"type": name}}
    model = SpanModel.assemble(TinyEncoder(dim=16, layers=1).load(), parts, ["no", "yes"])
    model(**tiny_batch).loss.backward()
    assert [weight for weight, value in model.named_parameters() if value.grad is None] == []
