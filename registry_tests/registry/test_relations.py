"""Arguments that restrict each other: both given, one by default, passed from outside, and by rules of the user."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from spanreg.registry import (
    Inherited,
    MultipleOf,
    Needs,
    NotAbove,
    NotWith,
    Registrable,
    Relation,
    Weights,
    plan_params,
)


class Machine(Registrable):
    """Family of the tests."""


@Machine.register("related_machine")
class RelatedMachine(Machine):
    """Machine with arguments of every relation."""

    def __init__(
        self,
        low: Annotated[int, NotAbove("high")] = 2,
        high: int | None = 5,
        width: Annotated[int, MultipleOf("parts")] = 6,
        parts: int = 3,
        names: Annotated[list[str], NotWith("count")] | None = None,
        count: int | None = None,
        shares: Annotated[list[float], Weights()] | None = None,
        every: int | None = 10,
        patience: Annotated[int, Needs("every")] | None = None,
        load: Annotated[str, Needs("every", when="best"), Needs("patience", 3, when="first")] = "last",
    ) -> None:
        self.arguments = low, high, width, parts, names, count, shares, every, patience, load


def problems_of(**config: Any) -> list[str]:
    """Return the problems of a config of ``RelatedMachine``."""
    return [str(problem) for problem in plan_params(Machine, {"type": "related_machine", **config}).problems]


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"low": 5},
        {"low": 9, "high": None},
        {"width": 9},
        {"parts": 2},
        {"names": ["a"]},
        {"names": ["a"], "count": None},
        {"count": 1, "names": None},
        {"shares": [0, 0.5]},
        {"load": "best", "patience": 2},
        {"load": "last", "every": None},
        {"load": "first", "patience": 3},
    ],
    ids=str,
)
def test_values_that_fit_have_no_problem(config: dict[str, Any]) -> None:
    assert problems_of(**config) == []
    Machine.from_params({"type": "related_machine", **config})


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"low": 6}, "low: low 6 exceeds high 5. give a low of 5 or less, or a greater high"),
        ({"high": 1}, "high: low 2 exceeds high 1. give a low of 1 or less, or a greater high"),
        ({"width": 8}, "width: 8 is not a multiple of parts, 3. give a multiple of 3, or change 'parts'"),
        ({"parts": 4}, "parts: 6 is not a multiple of parts, 4. give a multiple of 4, or change 'parts'"),
        ({"names": [], "count": 0}, "names: cannot be combined with count. remove one of the two"),
        ({"shares": [0.0]}, "shares: is [0.0]. give finite weights, none negative and one above 0"),
        ({"every": None, "patience": 2}, "patience: patience needs every, which is null. give every"),
        ({"load": "best", "every": None}, "load: load needs every, which is null. give every"),
        ({"load": "first"}, "load: load needs patience: 3. give patience: 3, or leave load out"),
        ({"shares": [2, -1]}, "shares: is [2, -1]. give finite weights, none negative and one above 0"),
    ],
    ids=str,
)
def test_values_that_exclude_each_other_are_reported_at_one_that_is_given(config: dict[str, Any], problem: str) -> None:
    assert problems_of(**config) == [problem]


def test_all_relations_are_reported_at_once_and_after_wrong_types() -> None:
    assert len(problems_of(low=6, width=8, names=[], count=0)) == 3
    # A value of a wrong type is reported alone: whether it fits another one is unknown.
    assert problems_of(low="six", high=1) == ['low: is "six", a string. give an integer']


@Machine.register("outer_machine")
class OuterMachine(Machine):
    """Machine that passes an argument on."""

    def __init__(self, inner: Machine, parts: int = 2) -> None:
        self.inner, self.parts = inner, parts


@Machine.register("inheriting_machine")
class InheritingMachine(Machine):
    """Machine with an argument that an outer one may pass."""

    def __init__(self, width: Annotated[int, MultipleOf("parts")] = 3, parts: Inherited[int] = 2) -> None:
        self.width, self.parts = width, parts


def test_a_value_that_an_outer_component_passes_is_not_guessed() -> None:
    config = {"type": "outer_machine", "inner": "inheriting_machine", "parts": 3}
    assert plan_params(Machine, config).problems == ()
    inner = {"type": "inheriting_machine", "parts": 2}
    assert [str(one) for one in plan_params(Machine, {**config, "inner": inner}).problems] == [
        "inner.parts: 3 is not a multiple of parts, 2. give a multiple of 2, or change 'parts'"
    ]


class EvenSum(Relation):
    """Restrict the sum of two arguments to even numbers."""

    __slots__ = ()

    def conflict(self, name: str, value: Any, other: Any) -> tuple[str, str] | None:
        return None if (value + other) % 2 == 0 else ("has an odd sum", "change one")


def test_a_relation_of_the_user() -> None:
    @Machine.register("even_machine")
    class EvenMachine(Machine):
        def __init__(self, first: Annotated[int, EvenSum("second")], second: int = 1) -> None: ...

    found = plan_params(Machine, {"type": "even_machine", "first": 2}).problems
    assert [str(problem) for problem in found] == ["first: has an odd sum. change one"]
