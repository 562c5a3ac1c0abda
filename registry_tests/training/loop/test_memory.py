"""The peak memory of a training, measured with blocks that use a known amount."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from spanreg.training.loop.memory import PeakMemory

CPU = torch.device("cpu")
SIZE = 300_000_000
"Bytes that a block uses."


def used_by(size: int) -> int:
    """Return the measured peak of a block that fills a tensor of this size and frees it."""
    peak = PeakMemory()
    with peak.measured(CPU):
        torch.ones(size, dtype=torch.uint8)
    assert peak.bytes is not None
    return peak.bytes


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the peak of a block")
def test_each_block_has_its_own_peak() -> None:
    small, large, after = used_by(1), used_by(SIZE), used_by(1)
    assert SIZE * 0.9 < large - small < SIZE * 1.3
    assert after - small < SIZE / 10, "memory that an earlier block used does not count"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the peak of a block")
def test_the_peak_of_all_sessions_is_the_largest() -> None:
    peak = PeakMemory()
    peak.bytes = 10**15
    with peak.measured(CPU):
        pass
    assert peak.bytes == 10**15


def test_a_system_that_reports_no_peak_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("spanreg.training.loop.memory._PROCESS", tmp_path / "proc")
    peak = PeakMemory()
    with peak.measured(CPU):
        pass
    assert peak.bytes is None
