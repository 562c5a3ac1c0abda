"""Every key of a component with its value or default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import pytest

from spanreg.registry import AtLeast, FromParams, Inherited, Lazy, Registrable, Runtime, plan_params
from spanreg.registry.handlers.resolution import DEFAULT, GIVEN, INHERITED, RUN_TIME, UNKNOWN, resolve


class Part(Registrable):
    handed_down: ClassVar[tuple[str, ...] | None] = ("width",)
    default_implementation = "plain"


@Part.register("plain")
class Plain(Part):
    """A part.

    Parameters:
        width: passed by the whole.
        size: how large it is.
    """

    def __init__(
        self, width: Runtime[int], size: Annotated[int, AtLeast(1)] = 3, tag: Inherited[str] = "", items: Any = (1, 2)
    ) -> None:
        self.size = size


@Part.register("outer")
class Outer(Part):
    def __init__(self, inner: Part, parts: list[Part] | None = None, rest: Any = object()) -> None:  # noqa: B008
        self.inner = inner


@dataclass
class Whole(FromParams):
    part: Lazy[Part]
    table: dict[str, Any]
    name: str | None = None
    "What it is called."


def resolved(config: dict[str, Any]) -> Any:
    return resolve(plan_params(Whole, config), config)


def rows(config: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    return {".".join(map(str, one.path)): (one.value, one.source) for one in resolved(config).leaves()}


def test_given_values_defaults_and_what_run_time_knows() -> None:
    assert rows({"part": {"type": "plain", "size": 5}, "table": {"a": {"b": 1}, "c": [1]}}) == {
        "part.type": ("plain", GIVEN),
        "part.width": (None, RUN_TIME),
        "part.size": (5, GIVEN),
        "part.tag": ("", INHERITED),
        "part.items": ([1, 2], DEFAULT),
        "table.a.b": (1, GIVEN),
        "table.c": ([1], GIVEN),
        "name": (None, DEFAULT),
    }


def test_components_in_components_and_names_alone() -> None:
    found = rows({"part": {"type": "outer", "inner": "plain", "parts": ["plain", {"size": 2}]}, "table": {}})
    assert found["part.inner.type"] == ("plain", GIVEN)
    assert found["part.inner.size"] == (3, DEFAULT)
    assert found["part.parts.1.type"] == ("plain", DEFAULT)
    assert found["part.parts.1.size"] == (2, GIVEN)
    assert found["part.rest"] == (None, UNKNOWN)
    assert found["table"] == ({}, GIVEN)


def test_types_and_meanings() -> None:
    config = {"part": "plain", "table": {}}
    size = resolved(config).child("part").child("size")
    assert (size.type, size.about) == ("an integer, at least 1", "how large it is.")
    name = resolved(config).child("name")
    assert (name.type, name.about) == ("a string or null", "What it is called.")
    assert resolved(config).child("part").component == "Plain"
    assert resolved(config).child("part").is_bare


@pytest.mark.parametrize("part", ["plain", {"size": 2}, {"type": "outer", "inner": {"size": 4}, "parts": [{}]}])
def test_the_config_with_all_defaults_is_sound_and_resolves_to_itself(part: Any) -> None:
    config = {"part": part, "table": {"x": {}}}
    whole = resolved(config).config()
    assert plan_params(Whole, whole).problems == ()
    assert resolved(whole).config() == whole
