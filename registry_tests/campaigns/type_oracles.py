"""Slow, obvious oracles of types: the values that each type accepts, and the objects that are built from them.

An oracle has an annotation, draws valid values, and describes the object that must be built from a value. It repeats
the rules of the documentation without the code of the planner, so that the two can be compared.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from random import Random
from typing import Annotated, Any, Literal, NewType

from spanreg.registry import AtLeast, ConfigurationError, Lazy, Params

Description = tuple[Any, ...]
MISSING = "missing"
"Placeholder in a description for a missing required argument of a lazy component."


class RejectedError(Exception):
    """Raised by an oracle for a value that its type rejects."""


class Color(enum.Enum):
    """Enum with values of two types."""

    RED = 1
    GREEN = "green"


Identifier = NewType("Identifier", int)


def describe(value: Any) -> Description:
    """Return a value with the types of all its parts, so that ``1``, ``1.0`` and ``True`` differ."""
    type_name = type(value).__name__
    # The classes of the campaign record their registered name and arguments in this attribute.
    if hasattr(value, "construction"):
        name, arguments = value.construction
        return (name, {key: describe(argument) for key, argument in arguments.items()})
    if isinstance(value, Lazy):
        try:
            return ("Lazy", describe(value.construct()))
        except ConfigurationError:  # the config has no value for a required argument
            return ("Lazy", MISSING)
    if isinstance(value, Mapping):
        items = value.params if isinstance(value, Params) else value
        return (type_name, {repr(describe(key)): describe(item) for key, item in items.items()})
    if isinstance(value, set | frozenset):
        return (type_name, sorted(map(describe, value), key=repr))
    if isinstance(value, list | tuple):
        return (type_name, [describe(item) for item in value])
    return (type_name, repr(value))


def is_missing(described: Any) -> bool:
    """Return whether a required argument is missing, except in a nested ``Lazy``."""
    if isinstance(described, dict):
        return any(map(is_missing, described.values()))
    if isinstance(described, list):
        return any(map(is_missing, described))
    return described == MISSING or (
        isinstance(described, tuple) and described[0] != "Lazy" and is_missing(described[1])
    )


def is_hashable(described: Description) -> bool:
    """Return whether the described value can be a member of a set or a key of a dict."""
    type_name, content = described
    if type_name == "tuple":
        return all(map(is_hashable, content))
    return type_name not in ("list", "set", "dict", "OrderedDict", "Params", "Point")


class TypeOracle:
    """Base of the oracles: the annotation of a type, its valid values, and what is built from them."""

    annotation: Any

    def draw(self, random: Random) -> Any:
        """Draw a value that the type accepts."""
        raise NotImplementedError

    def build(self, value: Any) -> Description:
        """Return the description of the object that is built from a value.

        Raises:
            RejectedError: the type does not accept the value.
        """
        raise NotImplementedError


def plain(value: Any) -> Any:
    """Return a copy of the value with dicts in place of ``Params``."""
    if isinstance(value, dict | Params):
        items = value.params if isinstance(value, Params) else value
        return {key: plain(item) for key, item in items.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def is_json(value: Any) -> bool:
    """Return whether JSON can express the value, so that ``to_params`` returns it unchanged."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_json(item) for key, item in value.items())
    return all(map(is_json, value)) if isinstance(value, list) else isinstance(value, str | int | float | None)


def require(condition: bool) -> None:
    """Raise ``RejectedError`` if a condition is false."""
    if not condition:
        raise RejectedError


@dataclass
class ScalarOracle(TypeOracle):
    """Oracle of a scalar: exact types, except integers for numbers and paths for strings."""

    annotation: Any
    values: Sequence[Any]

    def draw(self, random: Random) -> Any:
        return random.choice(self.values)

    def build(self, value: Any) -> Description:
        if self.annotation is float and type(value) is int:
            require(abs(value) < 10**308)
            value = float(value)
        if self.annotation is str and isinstance(value, PurePath):
            value = str(value)
        require(type(value) is (self.annotation or type(None)))
        require(not isinstance(value, float) or math.isfinite(value))
        return describe(value)


class AnyOracle(TypeOracle):
    """Oracle of ``Any``."""

    annotation = Any

    def draw(self, random: Random) -> Any:
        return random.choice([None, 1, "a", [1, [2]], {"a": {"b": []}}])

    def build(self, value: Any) -> Description:
        return describe(value)


class PathOracle(TypeOracle):
    """Oracle of ``Path``."""

    annotation = Path

    def draw(self, random: Random) -> Any:
        return random.choice(["a/b", "", "a//b", Path("c")])

    def build(self, value: Any) -> Description:
        require(isinstance(value, str | PurePath))
        return describe(Path(value))


class ParamsOracle(TypeOracle):
    """Oracle of ``Params``."""

    annotation = Params

    def draw(self, random: Random) -> Any:
        return random.choice([{}, {"a": 1}, {"a": {"b": [1]}}])

    def build(self, value: Any) -> Description:
        require(isinstance(value, Mapping))
        return ("Params", describe(value)[1])


@dataclass
class LiteralOracle(TypeOracle):
    """Oracle of ``Literal``."""

    choices: tuple[Any, ...]

    def __post_init__(self) -> None:
        self.annotation = Literal[self.choices]

    def draw(self, random: Random) -> Any:
        return random.choice(self.choices)

    def build(self, value: Any) -> Description:
        require(any(type(value) is type(choice) and value == choice for choice in self.choices))
        return describe(value)


class EnumOracle(TypeOracle):
    """Oracle of an enum, whose members are given by name or by value."""

    annotation = Color

    def draw(self, random: Random) -> Any:
        return random.choice(["RED", 1, "green", "GREEN", Color.RED])

    def build(self, value: Any) -> Description:
        members = {"'RED'": Color.RED, "1": Color.RED, "'GREEN'": Color.GREEN, "'green'": Color.GREEN}
        members |= {repr(member): member for member in Color}
        require(repr(value) in members)
        return describe(members[repr(value)])


@dataclass
class BoundedOracle(TypeOracle):
    """Oracle of a type with a lower limit, which ``None`` of an optional type passes."""

    inner: TypeOracle
    minimum: int

    def __post_init__(self) -> None:
        self.annotation = Annotated[self.inner.annotation, AtLeast(self.minimum)]

    def draw(self, random: Random) -> Any:
        return random.randint(self.minimum, self.minimum + 3)

    def build(self, value: Any) -> Description:
        built = self.inner.build(value)
        require(not isinstance(value, int | float) or value >= self.minimum)
        return built


@dataclass
class NewTypeOracle(TypeOracle):
    """Oracle of a ``NewType`` of an integer."""

    annotation: Any = Identifier

    def draw(self, random: Random) -> Any:
        return random.randint(-3, 3)

    def build(self, value: Any) -> Description:
        require(type(value) is int)
        return describe(value)
