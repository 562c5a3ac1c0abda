"""Tuned values at the ends of a search's ranges."""

from __future__ import annotations

from typing import Any

import pytest

from spanreg.studies.analyse.tuning import edge_of

RATES = {"low": 1e-5, "high": 1e-3, "log": True}


@pytest.mark.parametrize(
    ("values", "chosen", "end"),
    [
        # The outer 2 % of a range count as its end, measured on the scale of the sampler.
        (RATES, 1.05e-5, "lower"),
        (RATES, 9.5e-4, "upper"),
        (RATES, 3e-5, None),
        ({"low": 1, "high": 10, "integer": True}, 10, "upper"),
        ({"low": 1, "high": 10, "integer": True}, 9, None),
        ({"low": 0.0, "high": 0.5}, 0.009, "lower"),
        ([16, 32], 16, None),
        ({"low": 0.0}, 0.0, None),
        ({"low": 0, "high": 1}, True, None),
        # Values outside their range and invalid ranges, as in an edited record.
        (RATES, -1.0, None),
        ({"low": 0.0, "high": 1.0, "log": True}, 0.5, None),
        ({"low": 2.0, "high": 2.0}, 2.0, None),
    ],
)
def test_a_value_near_the_end_of_its_range_is_found(values: Any, chosen: Any, end: str | None) -> None:
    assert edge_of(values, chosen) == end
