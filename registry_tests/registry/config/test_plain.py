"""``plain_config``: converts configs from Python to the values that Jsonnet would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.registry import ConfigurationError, Registrable, plain_config


class Part(Registrable):
    def __init__(self, size: int = 1) -> None:
        self.size = size


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"a": (1, 2.0, 2.5), "b": {"c": None}}, {"a": [1, 2, 2.5], "b": {"c": None}}),
        ({"path": Path("a/b")}, {"path": "a/b"}),
        ({"n": np.int64(3), "x": np.float32(0.5), "yes": True}, {"n": 3, "x": 0.5, "yes": True}),
    ],
)
def test_values_are_converted_to_json_types(value: Any, plain: Any) -> None:
    converted = plain_config(value)
    assert converted == plain
    # Equal values may differ in type: 1 == 1.0.
    assert str(converted) == str(plain)


def test_a_class_becomes_its_config() -> None:
    Part.register("small")(Part)
    assert plain_config({"part": Part}) == {"part": {"type": "small"}}


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        plain_config({"a": {1: 2}, "b": [float("nan")], "c": {"d": {1, 2}}})
    first, second, third = str(caught.value).splitlines()
    assert first == "a: the key 1 is not a string. give strings as keys"
    assert second == "b.0: is nan. give a finite number"
    assert third.startswith("c.d: is ")
    assert third.endswith(
        "which a config cannot hold. give plain values, and components by their classes: "
        "HierarchicalCnn.config(kernel_size=3)"
    )
