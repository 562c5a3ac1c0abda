"""Sets reject what cannot be hashed, and dicts reject keys that mean the same."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NewType

import pytest

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
class Fixed:
    x: Any


@dataclass(eq=False)
class Single:
    x: Any


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Moody(FromParams):
    def __hash__(self) -> int:
        raise TypeError("not today")


class Shape(Registrable):
    pass


@Shape.register("circle")
class Circle(Shape):
    pass


def build(annotation: Any, value: Any) -> Any:
    place = PlanContext("a")
    node = plan_value(annotation, value, place)
    if place.problems:
        raise ConfigurationError(place.problems)
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
        (set[Fixed], [{"x": 1}, {"x": 1}], {Fixed(1)}),
    ],
)
def test_accepts(annotation: Any, value: Any, built: Any) -> None:
    made = build(annotation, value)
    assert made == built
    assert list(map(type, made)) == list(map(type, built))


def test_objects_in_sets() -> None:
    assert len(build(set[Shape], ["circle", "circle"])) == 2
    assert len(build(set[Single], [{"x": []}])) == 1
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
        (set[Fixed], [{"x": {}}], "0: is an object, which a set cannot hold. give strings or numbers"),
    ],
)
def test_refuses(annotation: Any, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(annotation, value)
    beginning, _, end = message.partition("*")
    assert str(caught.value).startswith(f"a.{beginning}")
    assert str(caught.value).endswith(end)


def test_an_object_that_says_only_when_asked() -> None:
    with pytest.raises(ConfigurationError, match="^a: not today. give other values$"):
        build(set[Moody], [{}])


def test_two_keys_of_the_wrong_type_are_not_duplicates() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(dict[int, str], {"x": "a", "y": "b"})
    assert [problem.path for problem in caught.value.problems] == ["a.x", "a.y"]
