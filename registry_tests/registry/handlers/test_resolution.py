"""Resolution: every key of a config with its value or default, and their sources."""

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
class PlainPart(Part):
    """A part.

    Parameters:
        width: passed by the machine.
        size: how large it is.
    """

    def __init__(
        self, width: Runtime[int], size: Annotated[int, AtLeast(1)] = 3, tag: Inherited[str] = "", items: Any = (1, 2)
    ) -> None:
        self.size = size


@Part.register("outer")
class OuterPart(Part):
    def __init__(self, inner: Part, parts: list[Part] | None = None, rest: Any = object()) -> None:  # noqa: B008
        self.inner = inner


@dataclass
class Machine(FromParams):
    part: Lazy[Part]
    table: dict[str, Any]
    name: str | None = None
    "What it is called."


def resolve_machine(config: dict[str, Any]) -> Any:
    """Return the resolved config of a machine."""
    return resolve(plan_params(Machine, config), config)


def values_and_sources(config: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """Return the value and source of each key, by its dotted path."""
    return {".".join(map(str, leaf.path)): (leaf.value, leaf.source) for leaf in resolve_machine(config).leaves()}


def test_sources_are_the_config_the_signature_and_run_time() -> None:
    assert values_and_sources({"part": {"type": "plain", "size": 5}, "table": {"a": {"b": 1}, "c": [1]}}) == {
        "part.type": ("plain", GIVEN),
        "part.width": (None, RUN_TIME),
        "part.size": (5, GIVEN),
        "part.tag": ("", INHERITED),
        "part.items": ([1, 2], DEFAULT),
        "table.a.b": (1, GIVEN),
        "table.c": ([1], GIVEN),
        "name": (None, DEFAULT),
    }


def test_nested_components_and_bare_names_are_resolved() -> None:
    keys = values_and_sources(
        {"part": {"type": "outer", "inner": "plain", "parts": ["plain", {"size": 2}]}, "table": {}}
    )
    assert keys["part.inner.type"] == ("plain", GIVEN)
    assert keys["part.inner.size"] == (3, DEFAULT)
    assert keys["part.parts.1.type"] == ("plain", DEFAULT)
    assert keys["part.parts.1.size"] == (2, GIVEN)
    assert keys["part.rest"] == (None, UNKNOWN)
    assert keys["table"] == ({}, GIVEN)


def test_types_and_descriptions_are_resolved() -> None:
    config = {"part": "plain", "table": {}}
    size = resolve_machine(config).child("part").child("size")
    assert (size.type, size.about) == ("an integer, at least 1", "how large it is.")
    name = resolve_machine(config).child("name")
    assert (name.type, name.about) == ("a string or null", "What it is called.")
    assert resolve_machine(config).child("part").component == "PlainPart"
    assert resolve_machine(config).child("part").is_bare


@pytest.mark.parametrize("part", ["plain", {"size": 2}, {"type": "outer", "inner": {"size": 4}, "parts": [{}]}])
def test_the_complete_config_is_valid_and_resolves_to_itself(part: Any) -> None:
    config = {"part": part, "table": {"x": {}}}
    complete = resolve_machine(config).config()
    assert plan_params(Machine, complete).problems == ()
    assert resolve_machine(complete).config() == complete
