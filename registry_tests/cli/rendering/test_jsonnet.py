"""Spelling of values and resolved configs as Jsonnet."""

from __future__ import annotations

import json

import _jsonnet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanreg.cli.rendering.jsonnet import spell_data, spell_key, spell_resolved, spell_string
from spanreg.registry.handlers.resolution import DEFAULT, RUN_TIME, ResolvedValue

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
VALUES = st.recursive(
    # Jsonnet's numbers are doubles: larger integers lose digits. Adding 0.0 makes -0.0 positive.
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9).map(lambda x: x + 0.0) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
def test_jsonnet_evaluates_a_spelled_value_to_itself(value: object) -> None:
    assert json.loads(_jsonnet.evaluate_snippet("value", spell_data(value))) == value


@pytest.mark.parametrize(
    ("key", "expected"), [("a_1", "a_1"), ("then", "'then'"), ("a.b", "'a.b'"), ("", "''"), ("it's", '"it\'s"')]
)
def test_keys_are_quoted_where_jsonnet_needs_it(key: str, expected: str) -> None:
    assert spell_key(key) == expected


def test_strings_with_escapes_are_in_double_quotes() -> None:
    assert spell_string("plain ü") == "'plain ü'"
    assert spell_string("two\nlines") == '"two\\nlines"'
    assert spell_string("back\\slash") == '"back\\\\slash"'
    assert spell_string("\x7f\x9b") == '"\\u007f\\u009b"'


def test_long_data_take_several_lines() -> None:
    text = spell_data({"short": [1, 2], "long": ["x" * 60, "y" * 60]})
    assert text == "{\n  short: [1, 2],\n  long: [\n    '" + "x" * 60 + "',\n    '" + "y" * 60 + "',\n  ],\n}"


def test_defaults_and_run_time_values_of_a_resolved_config_are_marked() -> None:
    inner = (ResolvedValue(("a", "size"), 3, source=DEFAULT), ResolvedValue(("a", "dim"), source=RUN_TIME))
    root = ResolvedValue((), children=(ResolvedValue(("a",), children=inner), ResolvedValue(("b",), "x")))
    assert spell_resolved(root, [("more", {"k": 1})]).splitlines() == [
        "{",
        "  a: {",
        "    size: 3,  // default",
        "    // dim: known at run time",
        "  },",
        "  b: 'x',",
        "  more: { k: 1 },",
        "}",
    ]
