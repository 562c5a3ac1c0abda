"""The precision of a training: ``auto``, and values that the device does not support."""

from __future__ import annotations

import pytest
import torch

from spanreg.registry import ConfigurationError
from spanreg.training.config.precision import Precision, autocast, computes_in_bf16, resolve_precision

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capabilities", "supported"),
    [
        ({"amx_bf16": True}, True),
        ({"avx512_bf16": True}, True),
        ({"avx2": True, "amx_bf16": False}, False),
        ({}, False),
    ],
)
def test_auto_is_bf16_on_a_cpu_with_bf16_instructions(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], supported: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert computes_in_bf16(CPU) is supported
    assert resolve_precision("auto", CPU) == ("bf16" if supported else "fp32")


def test_a_requested_precision_is_used() -> None:
    assert resolve_precision("fp32", CPU) == "fp32"
    assert resolve_precision("bf16", CPU) == "bf16"


@pytest.mark.parametrize(("capabilities", "warnings"), [({"avx512_bf16": True}, 0), ({"avx2": True}, 1)])
def test_emulated_bf16_is_reported(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capabilities: dict[str, bool],
    warnings: int,
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert resolve_precision("bf16", CPU) == "bf16"
    assert resolve_precision("auto", CPU) == ("fp32" if warnings else "bf16")
    assert [record.message.partition(",")[0] for record in caplog.records] == warnings * [
        "training.precision: this machine has no bf16 instructions"
    ]


def test_fp16_needs_a_gpu() -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve_precision("fp16", CPU)
    assert str(caught.value) == (
        "training.precision: fp16 needs a GPU, and this machine has none that torch can see. set 'auto', 'bf16' or"
        " 'fp32'"
    )


@pytest.mark.parametrize(("name", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_matrix_products_are_computed_in_the_precision(name: Precision, dtype: torch.dtype) -> None:
    with autocast(name, CPU):
        assert (torch.ones(4, 4) @ torch.ones(4, 4)).dtype == dtype
