"""A plan: a tree of values, all checked, that can be constructed as often as wanted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from spanreg.registry.errors import ConfigurationError, Problem
from spanreg.registry.sources import load


class Node:
    """One planned value."""

    def construct(self, extras: Mapping[str, Any]) -> Any:
        """The value; ``extras`` are handed down by argument name."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Ready(Node):
    """A value that needs no construction: a scalar, a copy of plain data, an object given as it is."""

    value: Any

    def construct(self, extras: Mapping[str, Any]) -> Any:
        return copy.deepcopy(self.value) if isinstance(self.value, dict | list | set) else self.value


@dataclass(frozen=True, slots=True)
class Collection(Node):
    """A list, tuple or set of nodes."""

    make: Callable[[list[Any]], Any]
    items: tuple[Node, ...]

    def construct(self, extras: Mapping[str, Any]) -> Any:
        return self.make([item.construct(extras) for item in self.items])


@dataclass(frozen=True, slots=True)
class Table(Node):
    """A dict of nodes."""

    items: tuple[tuple[Any, Node], ...]

    def construct(self, extras: Mapping[str, Any]) -> Any:
        return {key: item.construct(extras) for key, item in self.items}


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a config something stands."""

    path: str = ""
    file: str = ""
    line: int = 0

    def problem(self, problem: str, hint: str = "") -> Problem:
        return Problem(problem, self.path, hint, self.file, self.line)


@dataclass(frozen=True, slots=True)
class HandedDown(Node):
    """An argument that an outer component, ``Lazy.construct`` or ``from_params`` gives by name."""

    name: str
    owner: str
    "Name of the class that asks for it."
    position: Position
    optional: bool = False

    def construct(self, extras: Mapping[str, Any]) -> Any:
        if self.name not in extras:
            hint = f"hand it down with {self.name}=..., or give it in the config"
            raise ConfigurationError(
                [self.position.problem(f"{self.owner} needs '{self.name}' at run time and got none", hint)]
            )
        return extras[self.name]


@dataclass(frozen=True, slots=True)
class Build(Node):
    """A call of a class, a constructor method or a registered function."""

    target: Any
    "The class or function, or the stand-in of a class."
    constructor: str | None
    positional: tuple[Node, ...]
    arguments: tuple[tuple[str, Node], ...]
    position: Position
    given: dict[str, Any] = field(hash=False)
    "What the config said, for ``to_params``."

    def construct(self, extras: Mapping[str, Any]) -> Any:
        target = load(self.target)
        call = getattr(target, self.constructor) if self.constructor else target
        positional = [value for node in self.positional for value in node.construct(extras)]
        arguments = {name: node.construct(extras) for name, node in self.arguments if not _left_out(node, extras)}
        try:
            built = call(*positional, **arguments)
        except ConfigurationError as error:
            raise error.under(self.position.path, self.position.file, self.position.line) from error.__cause__
        remember(built, self.given)
        return built


def _left_out(node: Node, extras: Mapping[str, Any]) -> bool:
    return isinstance(node, HandedDown) and node.optional and node.name not in extras


@dataclass(frozen=True, slots=True)
class Custom(Node):
    """A class that builds itself by its own ``from_params``; its keys are not checked beforehand."""

    target: Any
    constructor: str | None
    given: dict[str, Any] = field(hash=False)
    position: Position

    def construct(self, extras: Mapping[str, Any]) -> Any:
        from spanreg.registry.params import Origin, Params
        from spanreg.registry.signatures import signature_of

        target = load(self.target)
        signature = signature_of(target.from_params)
        offered = dict(extras)
        if self.constructor:
            method = getattr(target, self.constructor)
            offered |= {"constructor_to_call": method, "constructor_to_inspect": method}
        wanted = {
            name: value for name, value in offered.items() if signature.rest is not None or name in signature.names
        }
        history = f"{self.position.path}." if self.position.path else ""
        return target.from_params(Params(copy.deepcopy(self.given), history, Origin(self.position.file)), **wanted)


def remember(built: Any, given: dict[str, Any]) -> None:
    """Keeps what the config said with the object, where the object can hold it."""
    if "to_params" in dir(type(built)):
        try:
            object.__setattr__(built, "_spanreg_given", given)
        except AttributeError:  # slots: to_params then reads the attributes
            return
