"""The nodes of a plan: checked values that can be constructed any number of times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, is_dataclass
from typing import Any

from spanreg.registry.config.params import ConfigOrigin, Params
from spanreg.registry.errors import ConfigurationError, ConfigurationTypeError, Problem
from spanreg.registry.planning.signatures import REQUIRED, signature_of
from spanreg.registry.provenance import remember_config
from spanreg.registry.source.classes import load

CONSTRUCTED = "_spanreg_constructed"
"Attribute of an error with the class and the key path of the component whose construction it ended."


class PlanNode:
    """One planned value."""

    def construct(self, extras: Mapping[str, Any]) -> Any:
        """Return the value; ``extras`` are passed to arguments of the same name."""
        raise NotImplementedError

    @property
    def is_hashable(self) -> bool:
        """Whether a set or the keys of a dict can hold the value; True where this is not known before construction."""
        return True


@dataclass(frozen=True, slots=True)
class ReadyValue(PlanNode):
    """A value that needs no construction: a scalar, a copy of plain data, an object given as it is."""

    value: Any

    def construct(self, extras: Mapping[str, Any]) -> Any:
        return copy_containers(self.value)

    @property
    def is_hashable(self) -> bool:
        try:
            hash(self.value)
        except TypeError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class UndeclaredValue(PlanNode):
    """A value of a key that no argument names: objects arrive as ``Params``, as in AllenNLP."""

    value: Any
    position: ConfigPosition
    origin: ConfigOrigin

    def construct(self, extras: Mapping[str, Any]) -> Any:
        outer, _, key = self.position.path.rpartition(".")
        return Params({key: copy_containers(self.value)}, f"{outer}." if outer else "", self.origin)[key]


@dataclass(frozen=True, slots=True)
class ConfigPosition:
    """A place in a config."""

    path: str = ""
    file: str = ""
    line: int = 0

    def problem(self, problem: str, hint: str = "") -> Problem:
        return Problem(problem, self.path, hint, self.file, self.line)

    @contextmanager
    def tell(self) -> Iterator[None]:
        """Add this place to the errors that a component raises within the block."""
        try:
            yield
        except ConfigurationError as error:
            raise error.under(self.path, self.file, self.line) from error.__cause__


@dataclass(frozen=True, slots=True)
class CollectionNode(PlanNode):
    """A list, tuple, set or dict of nodes; the nodes of a dict are pairs."""

    make: Callable[[list[Any]], Any]
    items: tuple[PlanNode, ...]
    position: ConfigPosition = field(default=ConfigPosition(), compare=False)

    def construct(self, extras: Mapping[str, Any]) -> Any:
        values = [item.construct(extras) for item in self.items]
        try:
            return self.make(values)
        except TypeError as error:  # an object whose class says only now that it cannot be hashed
            raise ConfigurationTypeError([self.position.problem(str(error), "give other values")]) from error

    @property
    def is_hashable(self) -> bool:
        return getattr(self.make, "__hash__", None) is not None and all(item.is_hashable for item in self.items)


@dataclass(frozen=True, slots=True)
class InheritedArgument(PlanNode):
    """An argument that an outer component, ``Lazy.construct`` or ``from_params`` passes by name."""

    name: str
    owner: str
    "Name of the class that asks for it."
    position: ConfigPosition
    default: Any = REQUIRED

    def construct(self, extras: Mapping[str, Any]) -> Any:
        value = extras.get(self.name, self.default)
        if value is REQUIRED:
            hint = f"hand it down with {self.name}=..., or give it in the config"
            problem = self.position.problem(f"{self.owner} needs '{self.name}' at run time and got none", hint)
            raise ConfigurationError([problem])
        return value


@dataclass(frozen=True, slots=True)
class ConstructorCall(PlanNode):
    """A call of a class, a constructor method or a registered function."""

    target: Any
    "The class or function, or the stand-in of a class."
    constructor: str | None
    positional: tuple[PlanNode, ...]
    arguments: tuple[tuple[str, PlanNode], ...]
    position: ConfigPosition
    given: dict[str, Any] = field(hash=False)
    "What the config said, for ``to_params``."
    is_checked: bool = True
    "Whether the arguments are known to fit; not where a class written in C does not say what it takes."

    def construct(self, extras: Mapping[str, Any]) -> Any:
        target = load(self.target)
        call = getattr(target, self.constructor) if self.constructor else target
        positional = [value for node in self.positional for value in node.construct(extras)]
        arguments = {name: node.construct(extras) for name, node in self.arguments if not _left_out(node, extras)}
        with self.position.tell():
            try:
                built = call(*positional, **arguments)
            except (TypeError, ValueError) as error:
                if self.is_checked:
                    note_constructed(error, target, self.position.path)
                    raise
                problem = f"{target.__name__} refuses its arguments: {str(error).partition(chr(10))[0]}"
                raise ConfigurationTypeError(problem, hint="give what its documentation names") from error
            except Exception as error:
                note_constructed(error, target, self.position.path)
                raise
        remember_config(built, self.given, self.position.path)
        return built

    @property
    def is_hashable(self) -> bool:
        if self.constructor or not isinstance(self.target, type):
            return True
        is_value = is_dataclass(self.target) and self.target.__hash__ is not object.__hash__
        by_content = is_value or issubclass(self.target, tuple)
        content = (item.is_hashable for item in (*self.positional, *(node for _, node in self.arguments)))
        return getattr(self.target, "__hash__", None) is not None and (not by_content or all(content))


def note_constructed(error: Exception, target: Any, path: str) -> None:
    """Keep with an error which component was being constructed; the innermost one counts."""
    if not hasattr(error, CONSTRUCTED):
        with suppress(AttributeError):
            setattr(error, CONSTRUCTED, (target, path))


def _left_out(node: PlanNode, extras: Mapping[str, Any]) -> bool:
    """Return whether an argument keeps its default, which for a stand-in may not be known."""
    return isinstance(node, InheritedArgument) and node.default is not REQUIRED and node.name not in extras


@dataclass(frozen=True, slots=True)
class FromParamsCall(PlanNode):
    """A class with a ``from_params`` of its own, which checks its keys itself when it is built."""

    target: Any
    constructor: str | None
    given: dict[str, Any] = field(hash=False)
    position: ConfigPosition
    origin: ConfigOrigin
    chosen: bool = True
    "Whether a ``type`` led here; then an override that asks for it is told which class to call."

    def construct(self, extras: Mapping[str, Any]) -> Any:
        target = load(self.target)
        signature = signature_of(target.from_params)
        call = getattr(target, self.constructor) if self.constructor else target
        told = {"constructor_to_call": call, "constructor_to_inspect": call} if self.chosen else {}
        if signature.rest is not None and self.constructor is None:
            told = {name: value for name, value in told.items() if name in signature.names}
        offered = {**extras, **told}
        wanted = {name: offered[name] for name in offered if signature.rest is not None or name in signature.names}
        history = f"{self.position.path}." if self.position.path else ""
        with self.position.tell():
            return target.from_params(Params(copy_containers(self.given), history, self.origin), **wanted)


def copy_containers(value: Any) -> Any:
    """Return a copy of dicts, lists and sets at every depth, with everything else in them as it is."""
    if isinstance(value, Params):
        return Params(copy_containers(value.params), value.history, value.origin)
    if isinstance(value, dict):
        return {key: copy_containers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy_containers(item) for item in value]
    return set(value) if isinstance(value, set) else value
