"""Types with a slow, obvious oracle: which values each accepts, and what it makes of them.

A kind knows an annotation, how to make a fitting value, and what must be built from any value. The rules are written
down here again, from the documentation, so that the planner is compared with something that does not share its code.
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

Described = tuple[Any, ...]
MISSING = "missing"
"Stands in a description where a required argument of a lazy component is missing."


class Refused(Exception):
    """The oracle's verdict on a value that does not fit."""


class Color(enum.Enum):
    RED = 1
    GREEN = "green"


Identifier = NewType("Identifier", int)


def describe(value: Any) -> Described:
    """Return the value with the type of everything in it, so that ``1``, ``1.0`` and ``True`` differ."""
    kind = type(value).__name__
    if hasattr(value, "made"):
        name, arguments = value.made
        return (name, {key: describe(argument) for key, argument in arguments.items()})
    if isinstance(value, Lazy):
        try:
            return ("Lazy", describe(value.construct()))
        except ConfigurationError:  # nobody gave what the config left out
            return ("Lazy", MISSING)
    if isinstance(value, Mapping):
        items = value.params if isinstance(value, Params) else value
        return (kind, {repr(describe(key)): describe(item) for key, item in items.items()})
    if isinstance(value, set | frozenset):
        return (kind, sorted(map(describe, value), key=repr))
    if isinstance(value, list | tuple):
        return (kind, [describe(item) for item in value])
    return (kind, repr(value))


def is_missing(described: Any) -> bool:
    """Return whether something required is missing, outside a ``Lazy`` within."""
    if isinstance(described, dict):
        return any(map(is_missing, described.values()))
    if isinstance(described, list):
        return any(map(is_missing, described))
    return described == MISSING or (
        isinstance(described, tuple) and described[0] != "Lazy" and is_missing(described[1])
    )


def is_hashable(described: Described) -> bool:
    """Return whether what is described could be the member of a set or the key of a dict."""
    kind, content = described
    if kind == "tuple":
        return all(map(is_hashable, content))
    return kind not in ("list", "set", "dict", "OrderedDict", "Params", "Point")


class Kind:
    """One type: its annotation, values that fit, and what is built from a value."""

    annotation: Any

    def fitting(self, random: Random) -> Any:
        raise NotImplementedError

    def build(self, value: Any) -> Described:
        """Describe what is built.

        Raises:
            Refused: the value does not fit.
        """
        raise NotImplementedError


def plain(value: Any) -> Any:
    """Return the value with ``Params`` in dicts and lists as the dicts that they hold."""
    if isinstance(value, dict | Params):
        items = value.params if isinstance(value, Params) else value
        return {key: plain(item) for key, item in items.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def is_json(value: Any) -> bool:
    """Return whether JSON has such a value, so that ``to_params`` gives it back as it was."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_json(item) for key, item in value.items())
    return all(map(is_json, value)) if isinstance(value, list) else isinstance(value, str | int | float | None)


def need(holds: bool) -> None:
    """Refuse unless a condition holds."""
    if not holds:
        raise Refused


@dataclass
class Scalar(Kind):
    """Exact types, but for an integer where a number, and a path where a string is asked for."""

    annotation: Any
    values: Sequence[Any]

    def fitting(self, random: Random) -> Any:
        return random.choice(self.values)

    def build(self, value: Any) -> Described:
        if self.annotation is float and type(value) is int:
            need(abs(value) < 10**308)
            value = float(value)
        if self.annotation is str and isinstance(value, PurePath):
            value = str(value)
        need(type(value) is (self.annotation or type(None)))
        need(not isinstance(value, float) or math.isfinite(value))
        return describe(value)


class Anything(Kind):
    annotation = Any

    def fitting(self, random: Random) -> Any:
        return random.choice([None, 1, "a", [1, [2]], {"a": {"b": []}}])

    def build(self, value: Any) -> Described:
        return describe(value)


class AnyPath(Kind):
    annotation = Path

    def fitting(self, random: Random) -> Any:
        return random.choice(["a/b", "", "a//b", Path("c")])

    def build(self, value: Any) -> Described:
        need(isinstance(value, str | PurePath))
        return describe(Path(value))


class AnyParams(Kind):
    annotation = Params

    def fitting(self, random: Random) -> Any:
        return random.choice([{}, {"a": 1}, {"a": {"b": [1]}}])

    def build(self, value: Any) -> Described:
        need(isinstance(value, Mapping))
        return ("Params", describe(value)[1])


@dataclass
class Choice(Kind):
    choices: tuple[Any, ...]

    def __post_init__(self) -> None:
        self.annotation = Literal[self.choices]

    def fitting(self, random: Random) -> Any:
        return random.choice(self.choices)

    def build(self, value: Any) -> Described:
        need(any(type(value) is type(choice) and value == choice for choice in self.choices))
        return describe(value)


class Member(Kind):
    annotation = Color

    def fitting(self, random: Random) -> Any:
        return random.choice(["RED", 1, "green", "GREEN", Color.RED])

    def build(self, value: Any) -> Described:
        found = {"'RED'": Color.RED, "1": Color.RED, "'GREEN'": Color.GREEN, "'green'": Color.GREEN}
        found |= {repr(member): member for member in Color}
        need(repr(value) in found)
        return describe(found[repr(value)])


@dataclass
class Limited(Kind):
    """A kind with a lower limit; ``None`` where it is optional passes."""

    inner: Kind
    minimum: int

    def __post_init__(self) -> None:
        self.annotation = Annotated[self.inner.annotation, AtLeast(self.minimum)]

    def fitting(self, random: Random) -> Any:
        return random.randint(self.minimum, self.minimum + 3)

    def build(self, value: Any) -> Described:
        built = self.inner.build(value)
        need(not isinstance(value, int | float) or value >= self.minimum)
        return built


@dataclass
class Renamed(Kind):
    """A ``NewType`` of an integer."""

    annotation: Any = Identifier

    def fitting(self, random: Random) -> Any:
        return random.randint(-3, 3)

    def build(self, value: Any) -> Described:
        need(type(value) is int)
        return describe(value)
