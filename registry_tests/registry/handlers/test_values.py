"""Arguments of every type: accepted values, their results, and messages for other values."""

import enum
import typing
from collections import OrderedDict, abc, deque
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import InitVar, dataclass, field
from datetime import date
from os import PathLike
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Dict,
    Generic,
    List,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    Tuple,
    Type,
    TypeVar,
    Union,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_tests.registry.messages import assert_message
from spanreg.registry import (
    Above,
    AtLeast,
    Between,
    ConfigurationError,
    Constraint,
    Lazy,
    Odd,
    Params,
    Registrable,
)
from spanreg.registry.planning.plan import PlanContext, plan_value

T = TypeVar("T")
Number = TypeVar("Number", bound=float)
UserId = NewType("UserId", int)


class Color(enum.Enum):
    RED = 1
    GREEN = "green"


class Mode(str, enum.Enum):
    FAST = "quick"
    SLOW = "slow"


@dataclass
class Point:
    x: int
    y: float = 0.5
    tags: list[str] = field(default_factory=list)


@dataclass
class Scaled:
    size: int
    by: InitVar[int] = 1

    def __post_init__(self, by: int) -> None:
        self.size *= by


class Pair(NamedTuple):
    left: int
    right: str = "r"


class PlainClass:
    def __init__(self, size: int, inner: Optional["PlainClass"] = None) -> None:
        self.size, self.inner = size, inner


class NoArguments:
    pass


class Shape(Registrable):
    pass


@Shape.register("circle")
class Circle(Shape):
    def __init__(self, radius: float = 1.0) -> None:
        self.radius = radius


@Shape.register("square")
class Square(Shape):
    def __init__(self, side: int) -> None:
        self.side = side


class Box(Generic[T]):
    def __init__(self, content: T, more: list[T] | None = None) -> None:
        self.content, self.more = content, more


class NumberBox(Box[int]):
    pass


class WordList(list[str]):
    pass


class Readable(Protocol):
    def read(self) -> str: ...


class IterableShape(Shape, abc.Iterable[int]):
    """Component that is a container."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __iter__(self) -> abc.Iterator[int]:
        return iter(range(self.count))


def build(annotation: Any, value: Any) -> Any:
    """Return what a value becomes for an annotation."""
    context = PlanContext()
    node = plan_value(annotation, value, context)
    if context.problems:
        raise ConfigurationError(context.problems)
    return node.construct({})


@pytest.mark.parametrize(
    ("annotation", "value", "built"),
    [
        (int, 3, 3),
        (float, 3, 3.0),
        (float, 3.5, 3.5),
        (bool, True, True),
        (str, "None", "None"),
        (str, "3", "3"),
        (str, Path("a/b"), "a/b"),
        (Union[str, Path], Path("a"), "a"),
        (Optional[str], Path("a"), "a"),
        (Literal["a"] | Path, Path("a"), Path("a")),
        (None, None, None),
        (Any, {"a": [1]}, {"a": [1]}),
        (Optional[int], None, None),
        (Optional[int], 3, 3),
        (int | None, None, None),
        (Union[int, str], "a", "a"),
        (Union[float, int], 3, 3),
        (float | str, 3, 3.0),
        (int | list[int], [1], [1]),
        (Optional[List[Optional[str]]], ["a", None], ["a", None]),
        (list, [1, "a"], [1, "a"]),
        (List[int], [1, 2], [1, 2]),
        (list[list[int]], [[1], []], [[1], []]),
        (Sequence[int], [1, 2], [1, 2]),
        (Iterable[int], [1, 2], [1, 2]),
        (typing.Collection[int], [1], [1]),
        (abc.MutableSequence[int], [1], [1]),
        (set[int], [1, 1], {1}),
        (frozenset[int], [1, 1], frozenset({1})),
        (AbstractSet[int], [1, 1], {1}),
        (abc.MutableSet[int], [1], {1}),
        (WordList, ["a"], WordList(["a"])),
        (tuple, [1, "a"], (1, "a")),
        (Tuple[int, str], [1, "a"], (1, "a")),
        (tuple[int, ...], [1, 2, 3], (1, 2, 3)),
        (tuple[int, ...], [], ()),
        (dict, {"a": 1}, {"a": 1}),
        (Dict[str, int], {"a": 1}, {"a": 1}),
        (dict[int, str], {"1": "a", "-2": "b"}, {1: "a", -2: "b"}),
        (Mapping[str, list[int]], {"a": [1]}, {"a": [1]}),
        (OrderedDict[str, int], {"a": 1}, OrderedDict(a=1)),
        (Literal["a", 1, None], 1, 1),
        (Literal["a", 1, None], None, None),
        (Color, "RED", Color.RED),
        (Color, 1, Color.RED),
        (Color, "green", Color.GREEN),
        (Color, Color.GREEN, Color.GREEN),
        (Mode, "quick", Mode.FAST),
        (Mode, "SLOW", Mode.SLOW),
        (Path, "a/b", Path("a/b")),
        (PathLike[str], "a", Path("a")),
        (str | PathLike[str], "a", "a"),
        (Annotated[int, AtLeast(1)], 1, 1),
        (Annotated[int, AtLeast(1)] | None, None, None),
        (Annotated[int | Literal["all"], AtLeast(1)], "all", "all"),
        (Annotated[int, "a note"], 3, 3),
        (Type[Shape], "circle", Circle),
        (type[Shape], f"{__name__}.Square", Square),
        (UserId, 3, 3),
        (T, {"a": 1}, {"a": 1}),
        (Number, 3, 3.0),
        (Point, {"x": 1}, Point(1)),
        (Point, {"x": 1, "y": 2, "tags": ["a"]}, Point(1, 2.0, ["a"])),
        (Scaled, {"size": 2, "by": 3}, Scaled(6)),
        (Pair, {"left": 1}, Pair(1)),
        (Pair, [1, "s"], Pair(1, "s")),
        (dict[str, Point], {"a": {"x": 1}}, {"a": Point(1)}),
        (date, date(2020, 1, 2), date(2020, 1, 2)),
        (date, "as it is", "as it is"),
        (deque, [1], deque([1])),
        (Params, {"a": 1}, Params({"a": 1})),
    ],
)
def test_valid_values_are_converted(annotation: Any, value: Any, built: Any) -> None:
    result = build(annotation, value)
    assert result == built
    assert type(result) is type(built)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (int, True, "is true, a boolean. give an integer"),
        (int, 3.0, "is 3.0, a number. give an integer"),
        (int, "3", 'is "3", a string. give an integer'),
        (int, None, "is null. give an integer"),
        (float, True, "is true, a boolean. give a number"),
        (float, "3.5", 'is "3.5", a string. give a number'),
        (float, float("nan"), "is nan, a number. give a number"),
        (bool, 1, "is 1, an integer. give true or false"),
        (bool, "true", 'is "true", a string. give true or false'),
        (str, 3, "is 3, an integer. give a string"),
        (str, None, "is null. give a string"),
        (str, ["a"], "is a list. give a string"),
        (str, {}, "is an object. give a string"),
        (Optional[int], "None", 'is "None", a string. give an integer'),
        (int | str, 1.5, "is 1.5, a number. give an integer or a string"),
        (int | str, {}, "is an object. give an integer or a string"),
        (int | str | None, 1.5, "is 1.5, a number. give an integer or a string or null"),
        (list[int], "abc", 'is "abc", a string. give a list (each: an integer)'),
        (list[int], [1, "a"], '1: is "a", a string. give an integer'),
        (set[str], {"a": 1}, "is an object. give a list (each: a string)"),
        (tuple[int, str], [1], "has 1 items. give 2"),
        (tuple[int, str], [1, 2], "1: is 2, an integer. give a string"),
        (tuple[int, ...], 1, "is 1, an integer. give a list (each: an integer)"),
        (dict[str, int], [], "is a list. give an object (each: an integer)"),
        (dict[str, int], {"a": {"b": 1}}, "a: is an object. give an integer"),
        (dict[int, str], {"x": "a"}, 'x: the key is "x", a string. give an integer'),
        (dict[int, str], {"--5": "a"}, '--5: the key is "--5", a string. give an integer'),
        (float, 10**400, "is 1000*..., an integer. give a number below 1.8e308"),
        (int | None, "x" * 5000, 'is "xxx*..., a string. give an integer'),
        (dict[int, str], {"²": "a"}, '²: the key is "²", a string. give an integer'),
        (Literal["cosine", "linear"], "lineal", "is \"lineal\", a string. did you mean 'linear'? choices: cosine"),
        (Literal[1, 2], True, "is true, a boolean. give one of 1, 2"),
        (Literal[1, 2], "1", 'is "1", a string. give one of 1, 2'),
        (Color, "GREN", "is \"GREN\", a string. did you mean 'GREEN'? choices: RED"),
        (Color, 7, "is 7, an integer. give one of 'RED', 'GREEN'"),
        (Color, True, "is true, a boolean. give one of 'RED', 'GREEN'"),
        (Path, 3, "is 3, an integer. give a path, as a string"),
        (Params, 3, "is 3, an integer. give an object"),
        (Annotated[int, AtLeast(1)], 0, "is 0. give at least 1"),
        (Annotated[int, AtLeast(1)] | None, 0, "is 0. give at least 1"),
        (Annotated[float, Above(0)], 0, "is 0. give more than 0"),
        (Annotated[float, Between(0, 1)], 1.5, "is 1.5. give a value between 0 and 1"),
        (Annotated[int, AtLeast(1), Odd()], 4, "is 4. give an odd number"),
        (Annotated[int, AtLeast(1)], "x", 'is "x", a string. give an integer'),
        (list[Annotated[int, AtLeast(1)]], [1, 0], "1: is 0. give at least 1"),
        (type[Shape], "oval", "'oval' is not registered for Shape. *"),
        (type[Shape], "pathlib.Path", "'pathlib.Path' is not a subclass of Shape. name a subclass of Shape that is *"),
        (type[Shape], 3, "is 3, an integer. give a dotted name such as package.module.Name"),
        (Point, 3, "is 3, an integer. give an object with x, y, tags"),
        (Point, {}, "x: is required and missing. add it: an integer"),
        (Point, {"x": 1, "z": 2}, "z: is not an argument of Point. arguments: x, y, tags"),
        (
            Pair,
            {"right": 3},
            "left: is required and missing. add it: an integer\nright: is 3, an integer. give a string",
        ),
        (Pair, [1, "a", 2], "is a list. give an object with left, right"),
        (NoArguments, 3, "is 3, an integer. give {}"),
        (Shape, 3, "is 3, an integer. give the name or the config of a Shape"),
        (Shape, {"type": 3}, "type: is 3, an integer. give the name of a Shape"),
        (Shape, {"radius": 3}, "Shape needs a 'type'. add one: circle, square"),
        (Shape | int, "oval", "'oval' is not registered for Shape. *"),
        (
            PlainClass | Point,
            {"x": "a"},
            "fits none of its types (as PlainClass: *x is not an argument of PlainClass*; as *",
        ),
        (typing.ClassVar[int], 3, "the type typing.ClassVar[int] is not supported. annotate the argument with *"),
    ],
)
def test_invalid_values_are_refused(annotation: Any, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(annotation, value)
    assert_message(caught.value, message)


def test_containers_may_have_components() -> None:
    shapes = build(dict[str, list[Shape]], {"a": ["circle", {"type": "square", "side": 2}], "b": []})
    assert [type(shape) for shape in shapes["a"]] == [Circle, Square]
    assert build(tuple[Shape, int], [{"type": "circle", "radius": 2}, 3])[0].radius == 2.0
    assert build(Shape | None, None) is None
    assert isinstance(build(Shape | str, "circle"), Circle)
    assert build(Shape | str, "oval") == "oval"


def test_a_component_may_be_a_container() -> None:
    assert list(build(IterableShape, {"count": 2})) == [0, 1]


def test_plain_classes_may_be_nested() -> None:
    built = build(PlainClass, {"size": 1, "inner": {"size": 2}})
    assert (built.size, built.inner.size, built.inner.inner) == (1, 2, None)


def test_type_arguments_of_generic_classes_are_checked() -> None:
    assert build(Box[int], {"content": 3}).content == 3
    assert build(Box[Shape], {"content": "circle", "more": ["circle"]}).more[0].radius == 1.0
    assert build(NumberBox, {"content": 3}).content == 3
    assert build(Box, {"content": "anything"}).content == "anything"
    for annotation in (Box[int], NumberBox):
        with pytest.raises(ConfigurationError, match='content: is "a", a string. give an integer'):
            build(annotation, {"content": "a"})


def test_objects_are_passed_unchanged() -> None:
    circle = Circle()
    assert build(Shape, circle) is circle
    assert build(list[Shape], [circle])[0] is circle
    lazy = Lazy(Circle)
    assert build(Lazy[Shape], lazy) is lazy
    assert build(Readable, circle) is circle


def test_params_are_accepted_as_objects() -> None:
    assert build(Shape, Params({"type": "circle"})).radius == 1.0
    inner = build(Params, {"a": {"b": 1}})
    assert inner.pop("a").pop("b") == 1


class MultipleOfEight(Constraint):
    """Constraint written by a user."""

    def __str__(self) -> str:
        return "a multiple of 8"

    def allows(self, value: Any) -> bool:
        return bool(value % 8 == 0)


def test_a_constraint_of_a_user_is_checked() -> None:
    assert build(Annotated[int, MultipleOfEight()], 16) == 16
    with pytest.raises(ConfigurationError, match="is 3. give a multiple of 8"):
        build(Annotated[int, MultipleOfEight()], 3)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
ANNOTATIONS = [int, float, bool, str, Any, Path, Color, Pair, Point, Shape, Params, int | None, list[int],
               set[str], dict[str, Any], dict[int, Any], tuple[int, ...], list[Any] | dict[str, int],
               Literal[1, "a"]]  # fmt: skip


@given(json_values, st.sampled_from(ANNOTATIONS))
def test_planning_changes_no_input_and_a_plan_without_problems_is_constructed(value: Any, annotation: Any) -> None:
    before = repr(value)
    context = PlanContext()
    node = plan_value(annotation, value, context)
    assert repr(value) == before
    if not context.problems:
        node.construct({})


@given(json_values)
def test_two_constructions_are_equal_and_share_no_containers(value: Any) -> None:
    node = plan_value(Any, value, PlanContext())
    first, second = node.construct({}), node.construct({})
    assert repr(first) == repr(second) == repr(value)
    assert not containers(first) & containers(second)


def containers(value: Any) -> set[int]:
    """Return the ids of all dicts and lists in a value."""
    if not isinstance(value, dict | list):
        return set()
    return {id(value)}.union(*map(containers, value.values() if isinstance(value, dict) else value))
