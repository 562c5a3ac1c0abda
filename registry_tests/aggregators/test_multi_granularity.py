"""The weighted sum over several segmentations: equality with a slow loop, learned weights, and refused configs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from spanreg.aggregators import Aggregator
from spanreg.registry import ConfigurationError

DIM = 6

MakeBatch = Callable[..., tuple[Tensor, Tensor]]


def make_aggregator(layers: int = 3, seed: int = 0, **options: Any) -> Aggregator:
    """Return an aggregator in float64 with random weights of its segmentations."""
    torch.manual_seed(seed)
    aggregator = Aggregator.from_params({"type": "multi_granularity", **options}, dim=DIM, layers=layers).double()
    torch.nn.init.normal_(aggregator.bias)
    return aggregator.eval().requires_grad_(False)


def slow_weights(aggregator: Any, vectors: list[Tensor]) -> list[float]:
    """Return the weight of each segmentation: the softmax of its bias, plus the score of its vector if there is one."""
    scores = [
        float(bias) + (0.0 if aggregator.score is None else float(aggregator.score.weight[0] @ vector))
        for bias, vector in zip(aggregator.bias, vectors, strict=True)
    ]
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("weighting", ["task", "input"])
@pytest.mark.parametrize("inner", ["mean_pool", {"type": "hierarchical_cnn", "channels": 4}, {"type": "endpoint"}])
@pytest.mark.parametrize("shared", [False, True])
@given(
    cuts=st.lists(st.lists(st.integers(0, 1), min_size=3, max_size=3), min_size=1, max_size=8),
    other_length=st.integers(1, 9),
    seed=st.integers(0, 9),
)
@settings(max_examples=10)
def test_equals_a_slow_loop(
    make_batch: MakeBatch,
    weighting: str,
    inner: Any,
    shared: bool,
    cuts: list[list[int]],
    other_length: int,
    seed: int,
) -> None:
    aggregator: Any = make_aggregator(seed=seed, aggregator=inner, shared=shared, weighting=weighting)
    tokens, _ = make_batch([[len(cuts)], [other_length]], seed)
    span_ids = torch.full((2, 3, tokens.shape[1]), -1)
    ids = torch.tensor([[0, 0, 0], *cuts[1:]]).cumsum(0).T  # shape: (layers, tokens)
    span_ids[0, :, : len(cuts)] = ids
    span_ids[1, :, :other_length] = 0
    combined = aggregator(tokens, span_ids)
    separate = [
        aggregator.inner[0 if shared else layer](tokens[:1, : len(cuts)], ids[layer : layer + 1]) for layer in range(3)
    ]
    weights = slow_weights(aggregator, [result.sequence[0] for result in separate])
    expected = sum(weight * result.sequence[0] for weight, result in zip(weights, separate, strict=True))
    spans = torch.cat([weight * result.spans[0] for weight, result in zip(weights, separate, strict=True)])
    torch.testing.assert_close(combined.sequence[0], expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(combined.spans[0][combined.exists[0]], spans, rtol=0, atol=1e-10)
    torch.testing.assert_close(
        aggregator.weights_of(tokens, span_ids)[0], torch.tensor(weights, dtype=torch.float64), rtol=0, atol=1e-10
    )


def test_the_weights_learn_the_best_segmentation(make_batch: MakeBatch) -> None:
    """The target is the second segmentation's vector, so its weight must become the largest."""
    aggregator: Any = make_aggregator(aggregator="mean_pool")
    torch.nn.init.zeros_(aggregator.bias.requires_grad_())
    segmentations = [[1] * 12, [4, 8], [2, 3, 7]]
    tokens, _ = make_batch([[1] * 12] * 8)
    layers = torch.stack([make_batch([lengths] * 8)[1] for lengths in segmentations], 1)
    target = aggregator.inner[1](tokens, layers[:, 1]).sequence
    optimizer = torch.optim.Adam(aggregator.parameters(), lr=0.2)
    for _ in range(60):
        optimizer.zero_grad()
        (aggregator(tokens, layers).sequence - target).square().mean().backward()
        optimizer.step()
    weights = aggregator.learned()["weights"]
    assert len(weights) == 3
    assert weights[1] > 0.9
    assert sum(weights) == pytest.approx(1)


def test_weights_that_depend_on_the_input_are_not_reported() -> None:
    assert make_aggregator(weighting="input").learned() == {}
    assert Aggregator.from_params("mean_pool", dim=DIM).learned() == {}


def test_each_segmentation_has_its_own_weights_unless_shared() -> None:
    own, shared = ({name for name, _ in make_aggregator(shared=shared).named_parameters()} for shared in (False, True))
    assert len(own) - 1 == 3 * (len(shared) - 1)


@pytest.mark.parametrize(
    ("options", "layers", "problem"),
    [
        ({}, 1, "needs several segmentations, and the segmenter produces one. use the segmenter 'multi'"),
        ({"aggregator": "none"}, 2, "aggregator: produces no vectors to weight. use 'none' without"),
        (
            {"aggregator": "multi_granularity"},
            2,
            "aggregator: needs several segmentations, and the segmenter produces one",
        ),
        ({"aggregator": {"type": "hierarchical_cnn", "kernel_size": 2}}, 2, "aggregator.kernel_size: is 2"),
    ],
)
def test_segmentations_without_vectors_to_weight_are_refused(
    options: dict[str, Any], layers: int, problem: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_aggregator(layers=layers, **options)
    assert problem in str(caught.value)
