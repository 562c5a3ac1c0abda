"""Properties of every registered aggregator with all its options, in addition to the family's contract.

The contract is in ``spanreg.testing``, and ``registry_tests/testing`` checks it for every component.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from spanreg.aggregators import Aggregator
from spanreg.testing import check_component
from spanreg.testing.laws.aggregators import with_one_segmentation

DIM = 6

MakeBatch = Callable[..., tuple[Tensor, Tensor]]

SMALL_OPTIONS: dict[str, dict[str, Any]] = {
    "hierarchical_cnn": {"channels": 4},
    "flat_cnn": {"channels": 4},
    "endpoint": {"channels": 4},
    "span_lstm": {"hidden": 2},
    "span_transformer": {"channels": 4, "heads": 2, "dropout": 0.0},
    "multi_granularity": {"aggregator": {"type": "hierarchical_cnn", "channels": 4}},
}
"Options that make an aggregator small; the aggregators that are not listed have no sizes."

CNN_VARIANTS = {
    "deep": {"depth": 2, "inter_depth": 3, "normalization": True, "activation": "tanh"},
    "mean": {"pooling": "mean", "activation": "gelu", "residual": True},
    "attention": {"pooling": "attention", "inter_kernel_size": 5, "inter_channels": 3},
    "mixed": {"pooling": "attention", "inter_pooling": "max", "residual": True, "depth": 2},
}

VARIANTS: dict[str, dict[str, Any]] = {
    name: {"type": name, **SMALL_OPTIONS.get(name, {})} for name in Aggregator.list_available()
}
VARIANTS |= {
    f"hierarchical_cnn-{form}": VARIANTS["hierarchical_cnn"] | options for form, options in CNN_VARIANTS.items()
}
VARIANTS["multi_granularity-shared"] = {"type": "multi_granularity", "aggregator": "self_attentive", "shared": True}
VARIANTS["multi_granularity-input"] = VARIANTS["multi_granularity"] | {"weighting": "input"}
AGGREGATING = [name for name in VARIANTS if name != "none"]


def make_aggregator(name: str, seed: int = 0) -> Any:
    """Return an aggregator in float64, as one for a single segmentation."""
    torch.manual_seed(seed)
    return with_one_segmentation(Aggregator.from_params(VARIANTS[name], dim=DIM, layers=2).double().eval())


@pytest.mark.parametrize("name", [name for name in VARIANTS if "-" in name])
def test_variants_satisfy_the_contract(name: str) -> None:
    config = dict(VARIANTS[name])
    check_component(Aggregator.resolve_class_name(config.pop("type"))[0], config, tolerance=1e-12)


def assert_equal_to_rounding(actual: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", AGGREGATING)
def test_gradients_are_correct_and_zero_for_padding(name: str, make_batch: MakeBatch) -> None:
    aggregator = make_aggregator(name)
    tokens, span_ids = make_batch([[2, 1, 3], [1, 2]], padding_value=0.5)
    tokens.requires_grad_()
    assert torch.autograd.gradcheck(lambda states: aggregator(states, span_ids)[:2], tokens)
    aggregator(tokens, span_ids).sequence.sum().backward()
    assert tokens.grad is not None
    assert not tokens.grad[span_ids < 0].any()
    assert all(parameter.grad is not None for parameter in aggregator.parameters())


@pytest.mark.filterwarnings("ignore:The tensor attributes .*_flat_weights.* were assigned during export")
@pytest.mark.parametrize("name", VARIANTS)
def test_exports_for_batches_of_any_size(name: str, make_batch: MakeBatch) -> None:
    aggregator = make_aggregator(name)
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens")
    # The export unrolls an LSTM, which binds it to the length of the example.
    dynamic = {0: batch} if name == "span_lstm" else {0: batch, 1: tokens}
    example = make_batch([[2, 1, 3], [1, 2]])
    exported = torch.export.export(aggregator, example, dynamic_shapes=(dynamic, dynamic)).module()
    six_tokens, any_tokens = ([[6], [1, 2], [3, 1]], [[1, 1, 1, 1, 1, 1]]), ([[1], [4, 5], [2]], [[1]])
    for lengths in six_tokens if name == "span_lstm" else any_tokens:
        inputs = make_batch(lengths)
        assert_equal_to_rounding(exported(*inputs).sequence, aggregator(*inputs).sequence)


@pytest.mark.parametrize("name", AGGREGATING)
def test_only_the_control_ignores_the_segmentation(name: str, make_batch: MakeBatch) -> None:
    aggregator = make_aggregator(name)
    tokens, span_ids = make_batch([[2, 1, 3]])
    other = torch.tensor([[0, 1, 1, 2, 2, 2]])
    same = torch.allclose(aggregator(tokens, span_ids).sequence, aggregator(tokens, other).sequence)
    assert same == (name == "flat_cnn")


@pytest.mark.parametrize("name", AGGREGATING)
def test_compiles_as_one_graph(name: str, make_batch: MakeBatch) -> None:
    assert_compiles(make_aggregator(name), make_batch, backend="aot_eager", fullgraph=name != "span_lstm")


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++, which the compiler of PyTorch calls")
def test_compiles_to_machine_code(make_batch: MakeBatch) -> None:
    """Check the main aggregator; each takes seconds, and ``docs/reference/aggregators.md`` has the others."""
    assert_compiles(make_aggregator("hierarchical_cnn"), make_batch, backend="inductor", fullgraph=True)


def assert_compiles(aggregator: Aggregator, make_batch: MakeBatch, **options: Any) -> None:
    """Check that a compiled aggregator has the same results and gradients."""
    tokens, span_ids = make_batch([[2, 1, 3], [1, 2]], padding_value=0.5)
    torch.compiler.reset()
    results = []
    for module in (aggregator, torch.compile(aggregator, **options)):
        inputs = tokens.clone().requires_grad_()
        sequence = module(inputs, span_ids).sequence
        results.append((sequence, *torch.autograd.grad(sequence.square().sum(), [inputs, *aggregator.parameters()])))
    for eager, compiled in zip(*results, strict=True):
        assert_equal_to_rounding(compiled, eager)


class OperationRecorder(TorchDispatchMode):
    """Recorder of the number of operations and of the size of the largest result, in values."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = self.operations = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.operations += 1
        for value in result if isinstance(result, tuple | list) else [result]:
            if isinstance(value, Tensor):
                self.largest = max(self.largest, value.untyped_storage().nbytes() // value.element_size())
        return result


# Attention compares every span with every other one: its tensors grow with the square of their number.
@pytest.mark.parametrize("name", [name for name in AGGREGATING if name != "span_transformer"])
def test_no_tensor_is_padded_to_spans_times_length(name: str, make_batch: MakeBatch) -> None:
    aggregator = make_aggregator(name)
    tokens, span_ids = make_batch([[256], [1] * 256], padding_value=0.5)
    with OperationRecorder() as recorder, torch.no_grad():
        aggregator(tokens, span_ids)
    assert recorder.largest <= 2 * 257 * 5 * DIM, "a padded tensor would have 2 * 256 * 256 * 6 values"


# An LSTM takes one step per span, inside PyTorch's own code.
@pytest.mark.parametrize("name", [name for name in AGGREGATING if name != "span_lstm"])
def test_the_number_of_operations_does_not_depend_on_the_batch(name: str, make_batch: MakeBatch) -> None:
    aggregator = make_aggregator(name)
    counts = []
    # At least five spans: sequences that are narrower than a kernel need fewer operations.
    for lengths in ([[2] * 5] * 2, [[2] * 40] * 30):
        tokens, span_ids = make_batch(lengths)
        with OperationRecorder() as recorder, torch.no_grad():
            aggregator(tokens, span_ids)
        counts.append(recorder.operations)
    assert counts[0] == counts[1]
