"""Conditions of slices: their meaning, and the refusal of everything that could run code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.studies.define.options.slice_expressions import read_slice
from spanreg.studies.define.plan import StudyPlan

EXAMPLE: dict[str, Any] = {"length": 12, "coverage": 0.5, "label": "yes", "source": "web", "year": "2001", "note": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("length > 20", False),
        ("length >= 12 and coverage < 0.6", True),
        ("10 <= length < 13", True),
        ("label == 'yes' or length < 3", True),
        ("not label == 'yes'", False),
        ("label in ['yes', 'maybe']", True),
        ("label not in ('no',)", True),
        ("'e' in label", True),
        ("length > -1", True),
        ("year > 2000", True),
        ("year in [2001, 2002]", True),
        ("year not in (2001, 2002)", False),
        ("length in ['11', '12']", True),
        ("note == None", True),
        ("note in [3, None]", True),
        ("note not in [3]", True),
        ("note > 3", False),
        ("not (length > 20 or source != 'web')", True),
    ],
)
def test_a_condition_holds_for_an_example(text: str, holds: bool) -> None:
    assert read_slice(text).holds(EXAMPLE) is holds


@pytest.mark.parametrize("text", ["length", "coverage", "source", "a column", "star.rating", "a-b", "naïve", "x + y"])
def test_a_text_without_comparison_is_the_name_of_a_value(text: str) -> None:
    found = read_slice(text)
    assert (found.condition, found.names) == (None, (text,))


FOREIGN = "is not allowed in a condition"
UNREADABLE = "is not a condition that can be read"
LENGTH = "expected 1 to 500 characters"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("__import__('os').system('true') == 0", FOREIGN),
        ("label.__class__ == 1", FOREIGN),
        ("(lambda: 1)() == 1", FOREIGN),
        ("[x for x in label] == 1", FOREIGN),
        ("f'{label}' == 'yes'", FOREIGN),
        # Evaluating these could take much time or memory.
        ("length ** 99999 > 1", FOREIGN),
        ("'a' * 10 ** 9 == label", FOREIGN),
        ("label[0] == 'y'", FOREIGN),
        ("length is 3", FOREIGN),
        ("(y := 3) > 2", FOREIGN),
        ("open('x') in [1]", FOREIGN),
        ("-label > 1", FOREIGN),
        ("length > 1j", FOREIGN),
        ("label == b'x'", FOREIGN),
        ("length > 20 +", UNREADABLE),
        ("eval('1')", UNREADABLE),
        ("a = 1", UNREADABLE),
        # Short enough, but nested more deeply than Python's parser allows.
        ("(" * 240 + "length > 1" + ")" * 240, UNREADABLE),
        ("(" * 300 + "length > 1" + ")" * 300, LENGTH),
        ("length > " + "9" * 600, LENGTH),
        ("", LENGTH),
        ("  ", LENGTH),
    ],
)
def test_other_expressions_are_refused(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_slice(text)


@settings(max_examples=200)
@given(st.text(alphabet="ab<>=()'\" .,[]0123notinandor_\\{}:#@\n", max_size=30))
def test_an_accepted_text_contains_no_calls_or_attributes(text: str) -> None:
    try:
        found = read_slice(text)
    except ConfigurationError:
        return
    if found.condition is not None:
        kinds = {type(node) for node in ast.walk(found.condition)}
        assert not kinds & {ast.Call, ast.Attribute, ast.Subscript, ast.Lambda, ast.BinOp, ast.NamedExpr}


def test_comparing_values_of_different_kinds_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="compares values of different kinds"):
        read_slice("label > 3").holds(EXAMPLE)


def test_a_study_reports_an_invalid_slice_at_its_key(make_plan: Callable[..., StudyPlan]) -> None:
    assert make_plan(slices=["length", "length > 3"]).study.slices == ["length", "length > 3"]
    with pytest.raises(ConfigurationError) as caught:
        make_plan(slices=["length", "print(1) == 2"])
    assert [problem.path for problem in caught.value.problems] == ["slices.1"]
