"""Nodes of a plan: checked values, each of which can be constructed any number of times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, is_dataclass
from typing import Any

from spanreg.registry.config.params import ConfigOrigin, Params
from spanreg.registry.errors import ConfigurationError, ConfigurationTypeError, MistakeCollector, Problem
from spanreg.registry.planning.annotations import REQUIRED
from spanreg.registry.planning.signatures import signature_of
from spanreg.registry.provenance import remember_config
from spanreg.registry.source.classes import load

CONSTRUCTED = "_spanreg_constructed"
"Attribute of an exception: class and key path of the component whose constructor raised it."


class PlanNode:
    """A checked value of a config.

    ``plan_value(int, 3, PlanContext()).construct({})`` is 3.
    """

    def construct(self, extras: Mapping[str, Any]) -> Any:
        """Return a new value; ``extras`` are passed to arguments of the same name."""
        raise NotImplementedError

    @property
    def is_hashable(self) -> bool:
        """True unless the value certainly cannot be in a set or a key of a dict."""
        return True


@dataclass(frozen=True, slots=True)
class ReadyValue(PlanNode):
    """A value that needs no construction: a scalar, plain data, or an object of the caller."""

    value: Any

    def construct(self, extras: Mapping[str, Any]) -> Any:
        # A plan can be constructed many times, and no object may change the containers of another.
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
    """The value of a key that ``**kwargs`` receives; an object becomes ``Params``, as in AllenNLP."""

    value: Any
    position: ConfigPosition
    origin: ConfigOrigin

    def construct(self, extras: Mapping[str, Any]) -> Any:
        outer, _, key = self.position.path.rpartition(".")
        return Params({key: copy_containers(self.value)}, f"{outer}." if outer else "", self.origin)[key]


@dataclass(frozen=True, slots=True)
class ConfigPosition:
    """Key path, file and line of a value.

    ``ConfigPosition("training.epochs", "config.jsonnet", 4).problem("is 0", "give at least 1")``
    """

    path: str = ""
    file: str = ""
    line: int = 0

    def problem(self, problem: str, hint: str = "") -> Problem:
        """Return a problem of the value at this position."""
        return Problem(problem, self.path, hint, self.file, self.line)

    @contextmanager
    def located(self) -> Iterator[None]:
        """Add this position to errors that a component raises within the block."""
        try:
            yield
        except ConfigurationError as error:
            raise error.under(self.path, self.file, self.line) from error.__cause__


@dataclass(frozen=True, slots=True)
class CollectionNode(PlanNode):
    """A list, tuple, set or dict of nodes; the nodes of a dict are pairs."""

    make: Callable[[list[Any]], Any]
    items: tuple[PlanNode, ...]
    # Not compared, because two equal keys of a dict are duplicates although they have different positions.
    position: ConfigPosition = field(default=ConfigPosition(), compare=False)

    def construct(self, extras: Mapping[str, Any]) -> Any:
        values: list[Any] = []
        mistakes = MistakeCollector()
        for item in self.items:
            # Items do not depend on one another, so all are constructed and all their mistakes reported at once.
            with mistakes:
                values.append(item.construct(extras))
        mistakes.raise_all()
        try:
            return self.make(values)
        except TypeError as error:  # an object turns out not to be hashable
            raise ConfigurationTypeError([self.position.problem(str(error), "give other values")]) from error

    @property
    def is_hashable(self) -> bool:
        return getattr(self.make, "__hash__", None) is not None and all(item.is_hashable for item in self.items)


@dataclass(frozen=True, slots=True)
class InheritedArgument(PlanNode):
    """An argument that an outer component, ``Lazy.construct`` or ``from_params`` passes by name at run time."""

    name: str
    owner: str
    "Name of the class whose argument it is."
    position: ConfigPosition
    default: Any = REQUIRED

    def construct(self, extras: Mapping[str, Any]) -> Any:
        value = extras.get(self.name, self.default)
        if value is REQUIRED:
            hint = f"pass {self.name}=..., or give it in the config"
            problem = self.position.problem(f"{self.owner} needs '{self.name}' at run time, which was not passed", hint)
            raise ConfigurationError([problem])
        return value


@dataclass(frozen=True, slots=True)
class ConstructorCall(PlanNode):
    """A call of a class, of its constructor method, or of a registered function."""

    target: Any
    "The class or function, or the stand-in of a class."
    constructor: str | None
    positional: tuple[PlanNode, ...]
    arguments: tuple[tuple[str, PlanNode], ...]
    position: ConfigPosition
    given: dict[str, Any] = field(hash=False)
    "The config, for ``to_params``."
    is_checked: bool = True
    "The arguments fit the signature; False for a class written in C that has none."

    def construct(self, extras: Mapping[str, Any]) -> Any:
        target = load(self.target)
        call = getattr(target, self.constructor) if self.constructor else target
        positional = [value for node in self.positional for value in node.construct(extras)]
        arguments = {name: node.construct(extras) for name, node in self.arguments if not _uses_default(node, extras)}
        with self.position.located():
            try:
                built = call(*positional, **arguments)
            except (TypeError, ValueError) as error:
                # A checked call fits its signature, so the error is a bug of the component, not of the config.
                if self.is_checked:
                    note_constructed(error, target, self.position.path)
                    raise
                problem = f"{target.__name__} rejects its arguments: {str(error).partition(chr(10))[0]}"
                raise ConfigurationTypeError(problem, hint="see its documentation") from error
            except Exception as error:
                note_constructed(error, target, self.position.path)
                raise
        remember_config(built, self.given, self.position.path)
        return built

    @property
    def is_hashable(self) -> bool:
        if self.constructor or not isinstance(self.target, type):
            return True
        # Dataclasses and named tuples are hashed by their fields, which may be lists; other objects by their identity.
        is_value = is_dataclass(self.target) and self.target.__hash__ is not object.__hash__
        by_content = is_value or issubclass(self.target, tuple)
        content = (item.is_hashable for item in (*self.positional, *(node for _, node in self.arguments)))
        return getattr(self.target, "__hash__", None) is not None and (not by_content or all(content))


def note_constructed(error: Exception, target: Any, path: str) -> None:
    """Record on an exception which component was being constructed, unless an inner one is recorded."""
    if not hasattr(error, CONSTRUCTED):
        with suppress(AttributeError):  # an exception with slots
            setattr(error, CONSTRUCTED, (target, path))


def _uses_default(node: PlanNode, extras: Mapping[str, Any]) -> bool:
    """Return whether to omit an argument and let the constructor use its default, unknown for a stand-in."""
    return isinstance(node, InheritedArgument) and node.default is not REQUIRED and node.name not in extras


@dataclass(frozen=True, slots=True)
class FromParamsCall(PlanNode):
    """A call of a class's own ``from_params``, which checks its keys itself."""

    target: Any
    constructor: str | None
    given: dict[str, Any] = field(hash=False)
    position: ConfigPosition
    origin: ConfigOrigin
    chosen: bool = True
    "A ``type`` selected the class; an overridden ``from_params`` may take it as ``constructor_to_call``."

    def construct(self, extras: Mapping[str, Any]) -> Any:
        target = load(self.target)
        signature = signature_of(target.from_params)
        # As in AllenNLP, an overridden ``from_params`` receives what its signature names.
        call = getattr(target, self.constructor) if self.constructor else target
        chosen = {"constructor_to_call": call, "constructor_to_inspect": call} if self.chosen else {}
        # ``**extras`` are usually passed to inner components, which must not be built by this constructor.
        if signature.rest is not None and self.constructor is None:
            chosen = {name: value for name, value in chosen.items() if name in signature.names}
        offered = {**extras, **chosen}
        wanted = {name: offered[name] for name in offered if signature.rest is not None or name in signature.names}
        history = f"{self.position.path}." if self.position.path else ""
        with self.position.located():
            return target.from_params(Params(copy_containers(self.given), history, self.origin), **wanted)


def copy_containers(value: Any) -> Any:
    """Return a copy of dicts, lists and sets at every depth; other values are shared."""
    if isinstance(value, Params):
        return Params(copy_containers(value.params), value.history, value.origin)
    if isinstance(value, dict):
        return {key: copy_containers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy_containers(item) for item in value]
    return set(value) if isinstance(value, set) else value
