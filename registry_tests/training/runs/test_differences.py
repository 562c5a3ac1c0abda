"""``differing_keys``: the keys that differ between two configs."""

from __future__ import annotations

from typing import Any

import pytest

from spanreg.training.runs.differences import differing_keys


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 3}, {"a": 3.0}, []),
        ({"a": 1}, {"a": True}, ["a: 1 -> true"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3, "b": 1}}, ["a.c: 2 -> 3"]),
        ({"a": 1}, {"b": "x"}, ["a: 1 -> (not given)", 'b: (not given) -> "x"']),
        ({"a": None}, {}, ["a: null -> (not given)"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a: [1, 2] -> [2, 1]"]),
        ({"a": [1]}, {"a": [True]}, ["a: [1] -> [true]"]),
        ({"a": {}}, {"a": {"b": 1}}, ["a: {} -> (not given)", "a.b: (not given) -> 1"]),
        ({"a": {"b": 1}}, {"a": "b"}, ['a: (not given) -> "b"', "a.b: 1 -> (not given)"]),
    ],
)
def test_every_key_that_differs_has_one_line(old: dict[str, Any], new: dict[str, Any], lines: list[str]) -> None:
    assert differing_keys(old, new) == lines
