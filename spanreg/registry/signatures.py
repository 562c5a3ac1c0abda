"""What a constructor takes: its arguments with resolved types, followed through ``**kwargs`` to the superclasses."""

from __future__ import annotations

import builtins
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ForwardRef, TypeVar, Union, get_args, get_origin

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.marks import Mark

REQUIRED = inspect.Parameter.empty


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
    arguments: dict[str, Argument] = {}
    rest: Any = None
    for function in _chain(target, owner):
        rest = None
        for argument in _arguments_of(function, bindings or {}):
            if argument.kind is inspect.Parameter.VAR_KEYWORD:
                rest = argument.annotation
            else:
                arguments.setdefault(argument.name, argument)
        if rest is None:
            break
    return Signature(tuple(arguments.values()), rest)


def _chain(target: Callable[..., Any], owner: type | None) -> Iterator[Callable[..., Any]]:
    """The function itself, then those of the superclasses that its ``**kwargs`` may reach."""
    if isinstance(target, type):
        found = [*_definitions(target, "__init__")] or [*_definitions(target, "__new__")]
        yield from found
        return
    yield target
    name = getattr(target, "__name__", "")
    if owner is not None:
        own = getattr(target, "__func__", target)
        yield from (
            function for function in _definitions(owner, name) if getattr(function, "__func__", function) is not own
        )


def _definitions(owner: type, name: str) -> Iterator[Callable[..., Any]]:
    for ancestor in owner.__mro__:
        # torch.nn.Module takes **kwargs only to refuse them
        if ancestor in (object, typing.Generic) or (
            ancestor.__module__.startswith("torch.nn") and ancestor.__name__ == "Module"
        ):
            continue
        if name in vars(ancestor):
            function = vars(ancestor)[name]
            yield function.__func__ if isinstance(function, staticmethod | classmethod) else function


def _arguments_of(function: Callable[..., Any], bindings: Mapping[Any, Any]) -> Iterator[Argument]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return
    for position, parameter in enumerate(parameters):
        if position == 0 and parameter.name in ("self", "cls", "_cls"):
            continue
        if parameter.name == "args" and parameter.kind is inspect.Parameter.VAR_POSITIONAL and _passes_on(parameters):
            continue
        annotation = bind(_resolve(parameter.annotation, function), bindings)
        mark = next((mark for mark in get_args(annotation) if isinstance(mark, Mark)), Mark.CONFIG)
        yield Argument(parameter.name, annotation, parameter.default, parameter.kind, mark)


def _passes_on(parameters: list[inspect.Parameter]) -> bool:
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)


class Names(dict[str, Any]):
    """Names as a function's module sees them, and behind those the names that only a type checker imports."""

    def __init__(self, function: Callable[..., Any]) -> None:
        inner = inspect.unwrap(function)
        self.module = getattr(inner, "__module__", "")
        super().__init__(getattr(inner, "__globals__", vars(sys.modules.get(self.module, builtins))))
        cells = zip(
            getattr(getattr(inner, "__code__", None), "co_freevars", ()),
            getattr(inner, "__closure__", None) or (),
            strict=False,
        )
        for name, cell in cells:
            try:
                self[name] = cell.cell_contents
            except ValueError:  # a cell that is not filled yet
                continue

    def __missing__(self, name: str) -> Any:
        from spanreg.registry.sources import source_of

        if hasattr(builtins, name):
            return getattr(builtins, name)
        source = source_of(self.module)
        if source is None:
            raise KeyError(name)
        return source[name]


def _resolve(annotation: Any, function: Callable[..., Any]) -> Any:
    if annotation is inspect.Parameter.empty:
        return Any
    if not isinstance(annotation, str | ForwardRef) and not _has_strings(annotation):
        return annotation
    text = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
    names = Names(function)
    try:
        if not isinstance(text, str):
            return _resolve_inside(text, function)
        resolved = eval(text, {"__builtins__": {}}, names)
    except (NameError, KeyError, AttributeError) as error:
        name = getattr(function, "__qualname__", str(function))
        problem = f"the annotation '{text}' of {name} names something that cannot be found ({error})"
        raise ConfigurationError(problem, hint="import or define it at the top of its module") from error
    return _resolve(resolved, function)


def _has_strings(annotation: Any) -> bool:
    if get_origin(annotation) is typing.Literal:
        return False
    return any(
        isinstance(member, str | ForwardRef) or _has_strings(member)
        for member in get_args(annotation)[: _types_in(annotation)]
    )


def _types_in(annotation: Any) -> int | None:
    """Only the first member of ``Annotated`` is a type."""
    return 1 if get_origin(annotation) is Annotated else None


def _resolve_inside(annotation: Any, function: Callable[..., Any]) -> Any:
    """``list["Piece"]`` and the like: the strings stand inside a type that is none."""
    members = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return Annotated[(_resolve(members[0], function), *members[1:])]
    resolved = tuple(
        _resolve(member, function) if isinstance(member, str | ForwardRef) or _has_strings(member) else member
        for member in members
    )
    origin = get_origin(annotation)
    return Union[resolved] if origin in (Union, types.UnionType) else origin[resolved]  # noqa: UP007


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
