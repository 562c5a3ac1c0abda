"""Types of annotations: names in strings are resolved, and type variables are replaced."""

from __future__ import annotations

import builtins
import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar, get_args, get_origin

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.source.classes import load_opaque, source_of

REQUIRED = inspect.Parameter.empty
"Default of a required argument."
_QUALIFIERS: dict[Any, bool | None] = {typing.Required: True, typing.NotRequired: False}
"Whether the key must be given, by what may be around its type; None: as in the rest of the class."
if hasattr(typing, "ReadOnly"):  # since Python 3.13
    _QUALIFIERS[typing.ReadOnly] = None


class AnnotationNames(dict[str, Any]):
    """Names that an annotation may use: those of the function's module, then of its class and superclasses.

    ``AnnotationNames(function).resolve("list[int] | None")``

    The modules of superclasses are included because a dataclass inherits annotations. Names that are imported under
    ``TYPE_CHECKING`` are imported now.
    """

    def __init__(self, function: Callable[..., Any], owner: type | None = None) -> None:
        inner = inspect.unwrap(function)
        inner = inner.func if isinstance(inner, partial) else inner
        self.function_name = getattr(inner, "__qualname__", str(inner))
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
        if name in sys.modules:  # imported inside a function, where a string annotation cannot see it
            return sys.modules[name]
        raise KeyError(name)

    def resolve(self, annotation: Any) -> Any:
        """Return the type, with strings in it evaluated.

        Raises:
            ConfigurationError: a name in it is not defined.
        """
        if annotation is REQUIRED:
            return Any
        # ``get_type_hints`` evaluates all annotations of an object, so this one has only the annotation in question.
        holder = SimpleNamespace(__annotations__={"annotation": annotation})
        try:
            # As local names, because ``eval`` does not call ``__missing__`` of the global ones.
            return typing.get_type_hints(holder, {}, self, include_extras=True)["annotation"]
        except (NameError, KeyError, AttributeError, TypeError, SyntaxError) as error:
            problem = f"the annotation '{annotation}' of {self.function_name} has an undefined name ({error})"
            raise ConfigurationError(problem, hint="import or define it at the top of its module") from error


def bind(annotation: Any, bindings: Mapping[Any, Any]) -> Any:
    """Return an annotation with type variables replaced."""
    if isinstance(annotation, TypeVar):
        return bindings.get(annotation, annotation)
    free = getattr(annotation, "__parameters__", ())
    # A generic class without type arguments has parameters of its own, which ``bindings`` do not replace.
    if not bindings or not free or isinstance(annotation, type):
        return annotation
    return annotation[tuple(bindings.get(variable, variable) for variable in free)]


def bindings_of(annotation: Any) -> dict[Any, Any]:
    """Return the types that replace the type variables of a generic, from the alias and from its base classes."""
    origin = get_origin(annotation) or annotation
    found = dict(zip(getattr(origin, "__parameters__", ()), get_args(annotation), strict=False))
    for base in getattr(origin, "__orig_bases__", ()):
        inner = bindings_of(base) if get_origin(base) not in (None, typing.Generic) else {}
        found.update({variable: bind(value, found) for variable, value in inner.items() if variable not in found})
    return found


@dataclass(frozen=True, slots=True)
class DictKey:
    """A key of a ``TypedDict``.

    ``keys_of_typed_dict(annotation)["size"].required``
    """

    annotation: Any
    "Type of its value, without ``Required[...]`` and the like."
    required: bool


def keys_of_typed_dict(annotation: Any) -> dict[str, DictKey]:
    """Return the keys of a ``TypedDict``, with those of its bases.

    Raises:
        ConfigurationError: a type is a string with an undefined name.
    """
    made = get_origin(annotation) or annotation
    names, bindings = AnnotationNames(made, made), bindings_of(annotation)
    keys = {}
    for key, written in made.__annotations__.items():
        found, required = names.resolve(written), key in made.__required_keys__
        while (qualifier := get_origin(found)) in _QUALIFIERS:
            # ``__required_keys__`` cannot know a qualifier in a string, as all are under ``from __future__ import
            # annotations``.
            given = _QUALIFIERS[qualifier]
            required = required if given is None else given
            (found,) = get_args(found)
        keys[key] = DictKey(bind(found, bindings), required)
    return keys
