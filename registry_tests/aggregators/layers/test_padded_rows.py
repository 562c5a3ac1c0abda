"""``row`` and ``slots`` of the released aggregators: refused values, ignored tokens and spans, memory."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from spanreg.aggregators import Aggregator
from spanreg.aggregators.released_cnn import ReleasedCnn
from spanreg.registry import ConfigurationError

NAMES = ("released_cnn", "cnn_max_pool", "attention_max_pool", "released_attention")
MakeBatch = Callable[..., tuple[Tensor, Tensor]]


@pytest.mark.parametrize("key", ["row", "slots"])
@pytest.mark.parametrize("name", NAMES)
def test_fewer_than_three_positions_are_refused(name: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Aggregator.from_params({"type": name, key: 2}, dim=6)
    assert f"{key}: is 2. give at least 3" in str(raised.value)


def test_the_constructor_refuses_fewer_than_three_slots() -> None:
    with pytest.raises(ConfigurationError, match="slots: 2 is less than the kernel size of the convolution, 3"):
        ReleasedCnn(6, slots=2)


def test_the_weights_are_two_convolutions_of_torch() -> None:
    aggregator = ReleasedCnn(6)
    shapes = {name: tuple(weight.shape) for name, weight in aggregator.state_dict().items()}
    one_level = {"weight": (6, 6, 3), "bias": (6,)}
    assert shapes == {f"{level}.{name}": shape for level in ("intra", "inter") for name, shape in one_level.items()}
    assert isinstance(aggregator.intra, nn.Conv1d)
    assert isinstance(aggregator.inter, nn.Conv1d)


@pytest.mark.parametrize("name", NAMES)
def test_ignored_tokens_and_spans_are_counted_and_logged_once(
    name: str, make_batch: MakeBatch, caplog: pytest.LogCaptureFixture
) -> None:
    aggregator = Aggregator.from_params({"type": name, "row": 4, "slots": 3}, dim=6).double()
    fitting, too_large = make_batch([[4, 1, 1]]), make_batch([[6, 1, 1], [1, 1, 5, 1, 1]], padding=2)
    with caplog.at_level(logging.WARNING, logger="spanreg"):
        aggregator(*fitting)
        assert not aggregator.learned()
        assert not caplog.messages
        for _ in range(2):
            aggregator(*too_large)
    (message,) = caplog.messages
    assert "3 tokens beyond 'row' (4) and 2 spans beyond 'slots' (3) in a batch of 2 examples are ignored" in message
    assert message.endswith("To use them, increase 'row', and increase 'slots' or set truncation: 'released'")
    assert aggregator.learned() == {"left_out": {"tokens_beyond_row": 6, "spans_beyond_slots": 4}}
    assert copy.deepcopy(aggregator).learned() == aggregator.learned()


def test_the_advice_on_ignored_tokens_names_no_truncation(
    make_batch: MakeBatch, caplog: pytest.LogCaptureFixture
) -> None:
    aggregator = Aggregator.from_params({"type": "released_cnn", "row": 4, "slots": 3}, dim=6).double()
    with caplog.at_level(logging.WARNING, logger="spanreg"):
        aggregator(*make_batch([[6, 1, 1]]))
    (message,) = caplog.messages
    assert message.endswith("are ignored, as in the released code. To use them, increase 'row'")


@pytest.mark.parametrize("name", NAMES)
def test_ignored_tokens_and_spans_do_not_affect_the_result(name: str, make_batch: MakeBatch) -> None:
    aggregator = Aggregator.from_params({"type": name, "row": 4, "slots": 3}, dim=6).double().eval()
    tokens, span_ids = make_batch([[6, 1, 1, 2]])
    result = aggregator(tokens, span_ids)
    tokens[0, 4:6] = tokens[0, 8:] = 7.0  # the tokens beyond the row of the first span, and those of the fourth span
    changed = aggregator(tokens, span_ids)
    assert torch.equal(result.sequence, changed.sequence)
    assert result.exists is not None
    assert result.exists.tolist() == [[True, True, True, False]]


def saved_bytes(aggregator: Any, batch: tuple[Tensor, Tensor]) -> int:
    """Return the number of bytes that a forward pass saves for its backward pass."""
    storages: dict[int, int] = {}  # by address, since several tensors may share a storage

    def record(tensor: Tensor) -> Tensor:
        storages[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(record, lambda tensor: tensor):
        aggregator(*batch)
    return sum(storages.values())


@pytest.mark.parametrize("name", NAMES)
def test_memory_does_not_depend_on_row_and_slots(name: str, make_batch: MakeBatch) -> None:
    batch = make_batch([[2, 1, 3], [1, 2]])
    small, large = (
        saved_bytes(Aggregator.from_params({"type": name, **sizes}, dim=6).double(), batch)
        for sizes in ({"row": 16, "slots": 64}, {"row": 1600, "slots": 6400})
    )
    assert small == large
