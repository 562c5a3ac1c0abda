"""Fast dropout on the CPU: its share, independence of the values, gradients, random seed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from spanreg.training.loop.dropout import FastDropout, drop

DTYPES = [torch.bfloat16, torch.float16, torch.float32]
DRAWS = 400_000


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_scales_the_rest(dtype: torch.dtype, share: float) -> None:
    torch.manual_seed(0)
    dropped = drop(torch.ones(DRAWS, dtype=dtype), share)
    scale = torch.tensor(1 / (1 - share), dtype=dtype)
    assert set(dropped.unique().tolist()) == {0.0, scale.item()}
    deviation = (share * (1 - share) / DRAWS) ** 0.5
    # Five standard deviations, and the rounding of the share for values of 16 bits.
    assert abs((dropped == 0).double().mean().item() - share) < 5 * deviation + 2**-16


@pytest.mark.parametrize("dtype", DTYPES)
def test_neighbouring_values_are_dropped_independently(dtype: torch.dtype) -> None:
    """Two or four neighbours share a random number of 64 bits."""
    torch.manual_seed(0)
    kept = (drop(torch.ones(DRAWS, dtype=dtype), 0.3) != 0).double() - 0.7
    for distance in range(1, 9):
        correlation = (kept[:-distance] * kept[distance:]).mean().item() / 0.21  # the variance, 0.3 * 0.7
        assert abs(correlation) < 5 / DRAWS**0.5


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradients_are_dropped_and_scaled_as_the_values(dtype: torch.dtype) -> None:
    values = torch.randn(3, 5, 7, dtype=dtype, requires_grad=True)
    dropped = drop(values, 0.5)
    (gradient,) = torch.autograd.grad(dropped.sum(), values)
    assert torch.equal(dropped, values * gradient)
    assert set(gradient.unique().tolist()) == {0.0, 2.0}


def test_equal_seeds_drop_equal_values() -> None:
    values = torch.ones(5, 999)
    torch.manual_seed(3)
    first, second = drop(values, 0.5), drop(values, 0.5)
    torch.manual_seed(3)
    assert torch.equal(drop(values, 0.5), first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (1.0, 0.0)])
def test_shares_0_and_1_keep_and_drop_all_values(share: float, expected: float) -> None:
    assert drop(torch.ones(9), share).tolist() == [expected] * 9


def test_float64_is_left_to_torch() -> None:
    torch.manual_seed(0)
    ours = drop(torch.ones(99, dtype=torch.float64), 0.5)
    torch.manual_seed(0)
    assert torch.equal(ours, nn.functional.dropout(torch.ones(99, dtype=torch.float64), 0.5))


def test_an_empty_tensor_is_accepted() -> None:
    assert drop(torch.ones(0, 3), 0.5).shape == (0, 3)


def test_the_module_drops_in_training_mode_only() -> None:
    module, values = FastDropout(0.5), torch.ones(100)
    assert (module(values) == 0).any()
    assert torch.equal(module.eval()(values), values)
    inplace = FastDropout(0.5, inplace=True)
    assert inplace(values) is values
