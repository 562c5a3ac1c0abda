"""Reasons of errors, in one line."""

from __future__ import annotations

import pytest

from spanreg.text.reasons import reason_of


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError("no such file.\nTraceback"), "no such file"),
        (ValueError("\n  cannot read:\n"), "cannot read"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_the_reason_is_one_line(error: Exception, expected: str) -> None:
    assert reason_of(error) == expected
