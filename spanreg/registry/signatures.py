"""What a constructor takes: its arguments with resolved types, followed through ``**kwargs`` to the superclasses."""

from __future__ import annotations

import builtins
import inspect
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Annotated, Any, Optional, TypeVar, Union, get_args, get_origin

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.marks import Mark
from spanreg.registry.sources import load_opaque, source_of

REQUIRED = inspect.Parameter.empty
"The default of an argument that has none."
HANDS_UP = re.compile(r"super\([^)]*\)\.\w+\([^)]*\*\*\w+")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a constructor."""

    name: str
    annotation: Any
    "The type with every string resolved; ``Any`` where there is none."
    default: Any = REQUIRED
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    mark: Mark = Mark.CONFIG

    @property
    def required(self) -> bool:
        """Whether a value must come from somewhere."""
        return self.default is REQUIRED and self.kind is not inspect.Parameter.VAR_POSITIONAL


@dataclass(frozen=True, slots=True)
class Signature:
    """All arguments of a constructor, in call order."""

    arguments: tuple[Argument, ...]
    rest: Any = None
    "Type of further keys, where a ``**kwargs`` remains that no superclass explains; None where there is none."

    @property
    def readable(self) -> bool:
        """False for classes written in C that tell nothing of what they take."""
        return bool(self.arguments) or self.rest is None

    @property
    def names(self) -> list[str]:
        """Names that a config may give."""
        return [argument.name for argument in self.arguments if argument.mark is not Mark.RUNTIME]

    @property
    def marked(self) -> bool:
        """Whether any argument says that it does not come from the config alone."""
        return any(argument.mark is not Mark.CONFIG for argument in self.arguments)


def signature_of(
    target: Callable[..., Any], owner: type | None = None, bindings: Mapping[Any, Any] | None = None
) -> Signature:
    """The signature of a class, or of a function or class method.

    Args:
        target: what is called; for a class its ``__init__`` (or ``__new__``) is looked at.
        owner: the class whose superclasses explain ``**kwargs`` of a constructor method.
        bindings: type variables of a user's generic and what stands for them.
    """
    if bindings:
        return _read(target, owner, bindings)
    # What names mean depends on what is imported. A study asks for the same few signatures thousands of times.
    return _read_once(target, owner, getattr(target, "__init__", None), len(sys.modules))


@lru_cache
def _read_once(target: Callable[..., Any], owner: type | None, constructor: Any, modules: int) -> Signature:
    return _read(target, owner, {})


def _read(target: Callable[..., Any], owner: type | None, bindings: Mapping[Any, Any]) -> Signature:
    arguments: dict[str, Argument] = {}
    rest: Any = None
    for function in _chain(target, owner):
        rest = None
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (ValueError, TypeError):
            return Signature(tuple(arguments.values()), Any)
        names = Names(function, target if isinstance(target, type) else owner)
        for argument in _arguments_of(parameters, names, bindings):
            if argument.kind is inspect.Parameter.VAR_KEYWORD:
                rest = argument.annotation
            else:
                arguments.setdefault(argument.name, argument)
        if rest is None:
            break
        if isinstance(target, type) and _hands_up(function):
            rest = None
    return Signature(tuple(arguments.values()), rest)


def _hands_up(function: Callable[..., Any]) -> bool:
    """Whether a constructor's ``**kwargs`` go to the superclasses; where none of them takes a key, nobody does."""
    try:
        return HANDS_UP.search(inspect.getsource(function)) is not None
    except (OSError, TypeError):
        return False


def _chain(target: Callable[..., Any], owner: type | None) -> Iterator[Callable[..., Any]]:
    """The function itself, then those of the superclasses that its ``**kwargs`` may reach."""
    if isinstance(target, type):
        yield from [*_definitions(target, "__init__")] or _definitions(target, "__new__")
        return
    yield target
    own = inspect.unwrap(getattr(target, "__func__", target))
    if owner is not None:
        yield from (one for one in _definitions(owner, getattr(target, "__name__", "")) if one is not own)


def _definitions(owner: type, name: str) -> Iterator[Callable[..., Any]]:
    for ancestor in owner.__mro__:
        # torch.nn.Module takes **kwargs only to refuse them
        is_module = ancestor.__name__ == "Module" and ancestor.__module__.startswith("torch.nn")
        if name in vars(ancestor) and not is_module and ancestor not in (object, typing.Generic):
            function = vars(ancestor)[name]
            yield function.__func__ if isinstance(function, staticmethod | classmethod) else function


def _arguments_of(parameters: list[inspect.Parameter], names: Names, bindings: Mapping[Any, Any]) -> Iterator[Argument]:
    kinds = inspect.Parameter
    passes_on = any(parameter.kind is kinds.VAR_KEYWORD for parameter in parameters)
    for position, parameter in enumerate(parameters):
        is_self = position == 0 and parameter.name in ("self", "cls", "_cls")
        if is_self or (passes_on and parameter.kind is kinds.VAR_POSITIONAL and parameter.name == "args"):
            continue
        annotation = bind(names.resolve(parameter.annotation), bindings)
        if parameter.default is None and annotation is not Any:
            annotation = Optional[annotation]  # noqa: UP045 (types and aliases alike)
        yield Argument(parameter.name, annotation, parameter.default, parameter.kind, _mark(annotation))


def _mark(annotation: Any) -> Mark:
    """The mark of the type itself, or of a member of a union."""
    members = get_args(annotation) if get_origin(annotation) in (Annotated, Union, types.UnionType) else ()
    marks = (member if isinstance(member, Mark) else _mark(member) for member in members)
    return next((mark for mark in marks if mark is not Mark.CONFIG), Mark.CONFIG)


class Names(dict[str, Any]):
    """Names as a function's module sees them, then as the modules of its class and superclasses do.

    The superclasses' count because a dataclass inherits annotations from other modules. Names that only a type checker
    imports are imported now.
    """

    def __init__(self, function: Callable[..., Any], owner: type | None = None) -> None:
        inner = inspect.unwrap(function)
        self.of = getattr(inner, "__qualname__", str(inner))
        self.modules = [
            getattr(inner, "__module__", None) or "",
            *(base.__module__ for base in getattr(owner, "__mro__", ())),
        ]
        cells = inspect.getclosurevars(inner).nonlocals if inspect.isfunction(inner) and inner.__closure__ else {}
        super().__init__({**getattr(inner, "__globals__", {}), **cells})

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            return getattr(builtins, name)
        for module in dict.fromkeys(self.modules):
            if hasattr(sys.modules.get(module), name):
                return getattr(sys.modules[module], name)
            source = source_of(module)
            if source is not None and name in source.definitions:
                return load_opaque(source[name]) if module in sys.modules else source[name]
        raise KeyError(name)

    def resolve(self, annotation: Any) -> Any:
        """The type itself, strings in it evaluated.

        Raises:
            ConfigurationError: it names something that cannot be found.
        """
        if annotation is REQUIRED:
            return Any
        holder = SimpleNamespace(__annotations__={"it": annotation})
        try:
            return typing.get_type_hints(holder, {}, self, include_extras=True)["it"]
        except (NameError, KeyError, AttributeError, TypeError) as error:
            problem = f"the annotation '{annotation}' of {self.of} names something that cannot be found ({error})"
            raise ConfigurationError(problem, hint="import or define it at the top of its module") from error


def bind(annotation: Any, bindings: Mapping[Any, Any]) -> Any:
    """The annotation with the type variables of a generic replaced."""
    if isinstance(annotation, TypeVar):
        return bindings.get(annotation, annotation)
    free = getattr(annotation, "__parameters__", ())
    if not bindings or not free or isinstance(annotation, type):
        return annotation
    return annotation[tuple(bindings.get(variable, variable) for variable in free)]


def bindings_of(annotation: Any) -> dict[Any, Any]:
    """What the type variables of a generic stand for: those of the alias, and those fixed by its base classes."""
    origin = get_origin(annotation) or annotation
    found = dict(zip(getattr(origin, "__parameters__", ()), get_args(annotation), strict=False))
    for base in getattr(origin, "__orig_bases__", ()):
        inner = bindings_of(base) if get_origin(base) not in (None, typing.Generic) else {}
        found.update({variable: bind(value, found) for variable, value in inner.items() if variable not in found})
    return found
