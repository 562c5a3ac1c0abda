"""JSON schemas of signatures: the schema of each annotation, and the values that both a schema and a plan accept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest
from jsonschema import Draft202012Validator

from spanreg.registry import (
    Above,
    AtLeast,
    Between,
    Distinct,
    FromParams,
    Items,
    Lazy,
    Odd,
    Params,
    Registrable,
    Runtime,
    plan_params,
)
from spanreg.registry.schema import SchemaWriter
from spanreg.registry.schema.writer import SchemaContext


class Window(TypedDict):
    size: int
    stride: NotRequired[int]


class Colour(Enum):
    RED = "red"
    BLUE = 3


class Shape(Registrable):
    """A shape."""

    default_implementation = "circle"
    handed_down = ("size",)


@Shape.register("circle")
class Circle(Shape):
    """A circle.

    Parameters:
        radius: in ``metres``.
    """

    def __init__(self, radius: Annotated[float, Above(0)] = 1.0) -> None: ...


@Shape.register("polygon")
class Polygon(Shape):
    def __init__(self, corners: Annotated[int, AtLeast(3)], inner: Shape | None = None, **extra: int) -> None: ...


@Shape.register("filled")
class Filled(Shape):
    def __init__(self, size: int, colour: Colour, dim: Runtime[int]) -> None: ...


class Drawing(FromParams):
    def __init__(
        self,
        shapes: Sequence[Shape],
        later: Lazy[Shape] | None = None,
        names: Annotated[list[str], Items(1), Distinct()] = (),  # type: ignore[assignment]
        kernel: Annotated[int, Odd()] = 3,
        share: Annotated[float, Between(0, 1)] | None = None,
        by_number: Mapping[int, str] | None = None,
        pair: tuple[int, str] = (1, "a"),
        mode: Literal["a", "b", 1] = "a",
        file: Path | None = None,
        family: type[Shape] | None = None,
        anything: Any = None,
    ) -> None: ...


def schema_of(annotation: Any) -> dict[str, Any]:
    """Return the schema of an annotation."""
    return SchemaWriter().schema_of(annotation, SchemaContext())


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (int, {"type": "integer"}),
        (float | None, {"type": ["number", "null"]}),
        (Annotated[int, AtLeast(3)], {"type": "integer", "minimum": 3}),
        (Annotated[float, Between(0, 1)], {"type": "number", "minimum": 0, "maximum": 1}),
        (list[str], {"type": "array", "items": {"type": "string"}}),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (dict[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (
            Window,
            {
                "type": "object",
                "properties": {"size": {"type": "integer"}, "stride": {"type": "integer"}},
                "additionalProperties": False,
                "required": ["size"],
            },
        ),
        (Literal["a", 1], {"enum": ["a", 1]}),
        (Colour, {"enum": ["RED", "BLUE", "red", 3]}),
        (Any, {}),
    ],
    ids=str,
)
def test_an_annotation_becomes_a_schema(annotation: Any, schema: dict[str, Any]) -> None:
    assert schema_of(annotation) == schema


VALID: list[dict[str, Any]] = [
    {"shapes": []},
    {"shapes": ["circle", {"radius": 2}, {"type": "polygon", "corners": 3, "width": 1}]},
    {"shapes": [{"type": "polygon", "corners": 4, "inner": {"type": "polygon", "corners": 3, "inner": None}}]},
    {"shapes": [], "later": {"type": "filled", "colour": "red"}},
    {"shapes": [], "names": ["a", "b"], "kernel": 5, "share": 0.5, "by_number": {"1": "a"}, "pair": [1, "b"]},
    {"shapes": [f"{__name__}.Circle", {"type": f"{__name__}.Polygon", "corners": 3}]},
    {"shapes": [], "mode": 1, "file": "a", "family": "circle", "anything": {"a": [1]}},
]
INVALID: list[dict[str, Any]] = [
    {},
    {"shapes": "circle"},
    {"shapes": ["square"]},
    {"shapes": ["elsewhere.Square"]},
    {"shapes": [{"type": "elsewhere.Square"}]},
    {"shapes": ["polygon"]},
    {"shapes": [{"type": "polygon"}]},
    {"shapes": [{"type": "polygon", "corners": 2}]},
    {"shapes": [{"type": "polygon", "corners": 3, "width": "wide"}]},
    {"shapes": [{"radius": 0}]},
    {"shapes": [{"radius": 1, "extra": 1}]},
    {"shapes": [{"type": "filled", "colour": "red", "size": 1, "dim": 3}]},
    {"shapes": [{"type": "filled", "colour": "red"}]},
    {"shapes": [], "later": {"type": "filled"}},
    {"shapes": [], "names": []},
    {"shapes": [], "names": ["a", "a"]},
    {"shapes": [], "kernel": 4},
    {"shapes": [], "kernel": True},
    {"shapes": [], "share": 1.5},
    {"shapes": [], "by_number": {"one": "a"}},
    {"shapes": [], "pair": [1]},
    {"shapes": [], "mode": "c"},
    {"shapes": [], "family": "square"},
]


@pytest.mark.parametrize("config", [*VALID, *INVALID], ids=str)
def test_a_schema_and_a_plan_accept_the_same_configs(config: dict[str, Any]) -> None:
    validator = Draft202012Validator(SchemaWriter().document(Drawing, "a drawing"))
    is_valid = config in VALID
    assert validator.is_valid(config) == is_valid
    assert (not plan_params(Drawing, Params(config)).problems) == is_valid


def test_a_schema_has_descriptions_defaults_and_no_run_time_arguments() -> None:
    schema = SchemaWriter().document(Drawing, "a drawing")
    radius = schema["$defs"]["Shape.circle"]["properties"]["radius"]
    # Classes outside this package take null for what has a default, with a warning, as in AllenNLP.
    number = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}
    assert radius == {**number, "description": "in `metres`.", "default": 1.0}
    assert schema["$defs"]["Shape.circle"]["description"] == "A circle."
    assert "dim" not in schema["$defs"]["Shape.filled"]["properties"]


def test_equal_definitions_are_merged_and_different_ones_kept() -> None:
    definitions = SchemaWriter().document(Drawing, "a drawing")["$defs"]
    # A shape that is constructed later needs no size, so only that one differs; a circle is the same everywhere.
    assert [name for name in definitions if name.endswith(".circle")] == ["Shape.circle"]
    assert [name for name in definitions if name.endswith(".filled")] == ["Shape-2.filled", "Shape.filled"]
