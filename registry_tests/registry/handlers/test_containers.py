"""Containers: dicts refuse duplicate keys, and sets refuse values that cannot be hashed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NewType, NotRequired, TypedDict

import pytest

from registry_tests.registry.messages import assert_message
from spanreg.registry import AtLeast, ConfigurationError, FromParams, Lazy, Registrable
from spanreg.registry.planning.plan import PlanContext, plan_value

UserId = NewType("UserId", int)


class Color(enum.Enum):
    RED = 1
    GREEN = "green"


@dataclass
class Point:
    x: int


@dataclass(frozen=True)
class FrozenPoint:
    x: Any


@dataclass(eq=False)
class IdentityPoint:
    x: Any


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Window(TypedDict):
    size: Annotated[int, AtLeast(1)]
    stride: NotRequired[int]


class NamedWindow(Window, total=False):
    name: "str | None"


class UnhashableAtRunTime(FromParams):
    def __hash__(self) -> int:
        raise TypeError("has no hash")


class Shape(Registrable):
    pass


@Shape.register("circle")
class Circle(Shape):
    pass


def build(annotation: Any, value: Any) -> Any:
    """Return what a value at the key ``a`` becomes for an annotation."""
    context = PlanContext("a")
    node = plan_value(annotation, value, context)
    if context.problems:
        raise ConfigurationError(context.problems)
    return node.construct({})


@pytest.mark.parametrize(
    ("annotation", "value", "built"),
    [
        (dict[Annotated[int, AtLeast(1)], int], {"1": 2}, {1: 2}),
        (dict[UserId, int], {"1": 2}, {1: 2}),
        (dict[int | str, int], {"1": 2}, {"1": 2}),
        (dict[float, int], {"1": 2, "0.5": 3, "1e3": 4}, {1.0: 2, 0.5: 3, 1000.0: 4}),
        (dict[Color, int], {"1": 2}, {Color.RED: 2}),
        (set[tuple[int, ...]], [[1], [1, 2]], {(1,), (1, 2)}),
        (set[Pair], [[1], {"left": 1}], {Pair(1)}),
        (set[frozenset[int]], [[1], [1]], {frozenset([1])}),
        (set[FrozenPoint], [{"x": 1}, {"x": 1}], {FrozenPoint(1)}),
        (Window, {"size": 2}, {"size": 2}),
        (NamedWindow, {"size": 2, "stride": 1, "name": None}, {"size": 2, "stride": 1, "name": None}),
    ],
)
def test_valid_keys_and_items_are_converted(annotation: Any, value: Any, built: Any) -> None:
    result = build(annotation, value)
    assert result == built
    # Equal numbers may differ in type: 1 == 1.0.
    assert list(map(type, result)) == list(map(type, built))


def test_sets_and_keys_may_be_objects_that_can_be_hashed() -> None:
    assert len(build(set[Shape], ["circle", "circle"])) == 2
    assert len(build(set[IdentityPoint], [{"x": []}])) == 1
    assert {lazy.construct() for lazy in build(set[Lazy[int]], [1, 2])} == {1, 2}
    assert [type(key) for key in build(dict[Shape, int], {"circle": 1})] == [Circle]


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (dict[int, str], {"9" * 5000: "a"}, "9*9..., a string. give an integer"),
        (dict[int, str], {"1": "a", "01": "b"}, '01: duplicates the key "1", a string. remove one of them'),
        (dict[int, str], {1: "a", "1": "b"}, "1: duplicates the key 1, an integer. remove one of them"),
        (dict[Color, str], {"RED": "a", "1": "b"}, '1: duplicates the key "RED", a string. *'),
        (dict[Path, str], {"a/b": "a", "a//b": "b"}, 'a//b: duplicates the key "a/b", a string. *'),
        (dict[list[int], str], {(1, 2): "a"}, "(1, 2): the key is a list. give a list (each: an integer)"),
        (set[Any], [1, [2]], "1: is a list, which a set cannot hold. give strings or numbers"),
        (frozenset[dict[str, int]], [{}], "0: is an object, which a set cannot hold. give strings or numbers"),
        (set[Point], [{"x": 1}], "0: is an object, which a set cannot hold. give strings or numbers"),
        (set[tuple[Any]], [[{}]], "0: is a list, which a set cannot hold. give strings or numbers"),
        (set[FrozenPoint], [{"x": {}}], "0: is an object, which a set cannot hold. give strings or numbers"),
        (Window, {}, "size: is required and missing. add it: an integer*"),
        (Window, {"size": 1, "strid": 1}, "strid: is not a key of Window. did you mean 'stride'? keys: size"),
        (NamedWindow, {"size": 0}, "size: is 0. *"),
        (NamedWindow, {"size": 1, "name": 2}, "name: is 2, an integer. *"),
    ],
)
def test_invalid_keys_and_items_are_refused(annotation: Any, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(annotation, value)
    assert_message(caught.value, f"a.{message}")


def test_an_object_whose_hash_raises_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="^a: has no hash. give other values$"):
        build(set[UnhashableAtRunTime], [{}])


def test_two_keys_of_the_wrong_type_are_not_duplicates() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(dict[int, str], {"x": "a", "y": "b"})
    assert [problem.path for problem in caught.value.problems] == ["a.x", "a.y"]
