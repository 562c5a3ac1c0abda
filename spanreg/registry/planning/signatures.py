"""Signatures of constructors with resolved types, including arguments that ``**kwargs`` pass to superclasses."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Annotated, Any, Optional, Union, get_args, get_origin

from spanreg.registry.marks import Mark, Search
from spanreg.registry.planning.annotations import REQUIRED, AnnotationNames, bind
from spanreg.registry.planning.keywords import SUPER, KeywordCall, keyword_use
from spanreg.registry.relations import Relation
from spanreg.registry.source.classes import UNKNOWN_DEFAULT


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a constructor.

    ``signature_of(MaxMatchSegmenter).arguments[0].name``
    """

    name: str
    annotation: Any
    "The type, with strings evaluated; ``Any`` without an annotation."
    default: Any = REQUIRED
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    mark: Mark = Mark.CONFIG

    @property
    def required(self) -> bool:
        """True if the argument has no default."""
        return self.default is REQUIRED and self.kind is not inspect.Parameter.VAR_POSITIONAL

    @property
    def search(self) -> Search | None:
        """Values that a search tries by default; None without such an annotation."""
        return _search(self.annotation)


@dataclass(frozen=True, slots=True)
class Signature:
    """All arguments of a constructor, in call order.

    ``signature_of(MaxMatchSegmenter).names``
    """

    arguments: tuple[Argument, ...]
    rest: Any = None
    "Type of further keys that a ``**kwargs`` accepts; None if no further keys are accepted."
    taken: tuple[str, ...] = ()
    "Further keys that a function removes from its ``**kwargs`` itself."
    reserved: tuple[str, ...] = ()
    "Names that a config cannot give: ``self``, and arguments that a class itself passes to its superclass."
    order: tuple[str, ...] = ()
    "Names of the arguments in order of construction: those of the superclasses first, as in AllenNLP."
    unreachable: tuple[str, ...] = ()
    "Positional arguments of a superclass that no subclass passes; such a class cannot be constructed."
    relations: tuple[tuple[Argument, Argument, Relation], ...] = ()
    "Arguments that restrict each other: the annotated one, the other one, and how."

    @property
    def readable(self) -> bool:
        """True if the arguments are known, which they are not for some classes written in C."""
        return bool(self.arguments) or self.rest is None

    @property
    def names(self) -> list[str]:
        """Keys that a config may give."""
        return [*(one.name for one in self.arguments if one.mark is not Mark.RUNTIME), *self.taken]

    @property
    def marked(self) -> bool:
        """True if an argument is marked ``Runtime`` or ``Inherited``."""
        return any(argument.mark is not Mark.CONFIG for argument in self.arguments)


def signature_of(
    target: Callable[..., Any], owner: type | None = None, bindings: Mapping[Any, Any] | None = None
) -> Signature:
    """Return the signature of a class, a function or a class method.

    Args:
        target: the callable; for a class, its ``__init__`` or ``__new__`` is read.
        owner: the class of a constructor method, whose superclasses may receive its ``**kwargs``.
        bindings: type variables of a generic class, and the types that replace them.
    """
    if bindings:
        return _read(target, owner, bindings)
    # Cached, because a study reads the same few signatures thousands of times. Which type a name in an annotation
    # refers to depends on the imported modules, so their number is part of the key, and so is ``__init__``, which
    # can be replaced.
    return _read_once(target, owner, getattr(target, "__init__", None), len(sys.modules))


@lru_cache
def _read_once(target: Callable[..., Any], owner: type | None, constructor: Any, modules: int) -> Signature:
    return _read(target, owner, {})


def _read(target: Callable[..., Any], owner: type | None, bindings: Mapping[Any, Any]) -> Signature:
    reader = _SignatureReader(target if isinstance(target, type) else owner, bindings)
    # The first parameter of a metaclass's ``__call__`` receives the class, so a config cannot use its name.
    for metaclass in inspect.getmro(type(target)) if isinstance(target, type) else ():
        if inspect.isfunction(call := vars(metaclass).get("__call__")):  # not ``type.__call__``
            reader.reserved[next(iter(inspect.signature(call).parameters), "self")] = None
    chain = _chain(target, owner)
    # Two functions may pass their ``**kwargs`` to each other.
    seen = set()
    while chain:
        step = chain.pop(0)
        seen.add(step.function)
        try:
            parameters = list(inspect.signature(step.function).parameters.values())
        except (ValueError, TypeError):  # written in C, without a signature
            return replace(reader.signature(), rest=Any)
        reader.read(step, parameters)
        if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
            # The function rejects unknown names, so the signature accepts no further keys.
            reader.is_handed_up = True
            break
        further = reader.follow(step, chain)
        chain = chain if further is None else [other for other in further if other.function not in seen]
    return reader.signature()


@dataclass(frozen=True, slots=True)
class FunctionStep:
    """A function that may receive ``**kwargs``.

    ``FunctionStep(MaxMatchSegmenter.__init__, drops_first=True, is_constructor=True)``
    """

    function: Callable[..., Any]
    drops_first: bool = False
    "Its first parameter is the object or the class, which the call supplies."
    is_constructor: bool = False
    "It is an ``__init__`` or a ``__new__``."
    owner: str = ""
    "Name of the class that defines it."


@dataclass
class _SignatureReader:
    """State of reading a signature while following ``**kwargs`` from function to function."""

    owner: type | None
    bindings: Mapping[Any, Any]
    arguments: dict[str, Argument] = field(default_factory=dict)
    levels: list[list[str]] = field(default_factory=list)
    taken: dict[str, None] = field(default_factory=dict)
    reserved: dict[str, None] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    "Names that the functions read so far pass explicitly."
    positions: int = 0
    "Number of positional arguments that the last function passes explicitly."
    optional: set[str] | None = field(default_factory=set)
    "Names that the functions read so far add to their ``**kwargs``; None if any may be missing."
    rest: Any = None
    is_open: bool = False
    "A function uses its ``**kwargs`` in a way that can accept any name."
    unreachable: list[str] = field(default_factory=list)
    is_handed_up: bool = False
    "The last function passes its ``**kwargs`` to the next one."

    def read(self, step: FunctionStep, parameters: list[inspect.Parameter]) -> None:
        """Add the arguments of one function, except those that earlier functions pass explicitly."""
        names = AnnotationNames(step.function, self.owner)
        kinds = inspect.Parameter
        if step.drops_first and parameters and parameters[0].kind is kinds.POSITIONAL_OR_KEYWORD:
            self.reserved[parameters[0].name] = None
        parameters = parameters[step.drops_first :]
        self.levels.append([])
        is_reached = len(self.levels) > 1
        for position, argument in enumerate(_arguments_of(parameters, names, self.bindings)):
            if argument.kind is kinds.VAR_KEYWORD:
                self.rest = argument.annotation
            elif is_reached and argument.kind in (kinds.VAR_POSITIONAL, kinds.POSITIONAL_ONLY):
                # **kwargs carry names only.
                if argument.required and position >= self.positions and self.is_handed_up:
                    self.unreachable.append(argument.name)
            elif argument.name in self.arguments:
                self.levels[-1].append(argument.name)
            elif argument.name in self.passed or position < self.positions:
                self.reserved[argument.name] = None
            else:
                is_optional = self.optional is None or argument.name in self.optional
                default = UNKNOWN_DEFAULT if is_optional and argument.required else argument.default
                self.arguments[argument.name] = replace(argument, default=default)
                self.levels[-1].append(argument.name)

    def follow(self, step: FunctionStep, chain: list[FunctionStep]) -> list[FunctionStep] | None:
        """Record what a function does with its ``**kwargs``.

        Args:
            step: the function.
            chain: the functions that follow in the method resolution order.

        Returns:
            The functions that receive them; None for ``chain``.
        """
        owner = self.owner
        if owner is None:
            return None
        use = keyword_use(step.function)
        self.taken.update(dict.fromkeys(sorted(use.taken)))
        # In a constructor, only calls of superclasses are followed; any other call may accept any name.
        passes = [one for one in use.passed if one.receiver == SUPER or not step.is_constructor]
        self.is_open = self.is_open or (use.is_known and (use.is_open or len(passes) < max(1, len(use.passed))))
        following = chain[0].owner if chain else ""
        # ``Base.__init__(self, **kwargs)`` may name another class than the next one in the resolution order.
        self.is_open = self.is_open or any(one.superclass not in ("", following) for one in passes)
        self.is_handed_up = bool(passes)
        if use.is_known and not passes:
            self.optional = None
        elif self.optional is not None:
            self.optional |= use.provided
        # A name counts as passed only if every call passes it: the config may give it for the others.
        self.passed |= frozenset.intersection(*(one.names for one in passes)) if passes else frozenset()
        self.positions = min((one.positions for one in passes), default=0)
        if step.is_constructor:
            return None
        self.is_open = self.is_open or not passes
        return _reached(owner, step.function, passes[0] if passes else None)

    def signature(self) -> Signature:
        """Return the signature read so far."""
        rest = None if self.is_handed_up and not self.is_open else self.rest
        order = dict.fromkeys(name for level in reversed(self.levels) for name in level)
        taken = tuple(name for name in self.taken if name not in self.arguments and rest is None)
        arguments, unreachable = tuple(self.arguments.values()), tuple(self.unreachable)
        relations = tuple(
            (argument, self.arguments[relation.other], relation)
            for argument in arguments
            for relation in _relations(argument.annotation)
            if relation.other in self.arguments
        )
        return Signature(arguments, rest, taken, tuple(self.reserved), tuple(order), unreachable, relations)


def _chain(target: Callable[..., Any], owner: type | None) -> list[FunctionStep]:
    """Return the function; for a constructor, also those of the superclasses that may receive its ``**kwargs``."""
    if isinstance(target, type):
        return [*_definitions(target, "__init__")] or [*_definitions(target, "__new__")]
    name = getattr(target, "__name__", "")
    if name in ("__init__", "__new__"):
        inherited = _definitions(owner, name) if owner is not None else ()
        return [FunctionStep(target, True, True), *(step for step in inherited if step.function is not target)]
    if inspect.ismethod(target):
        return [FunctionStep(target.__func__, True)]
    code = getattr(inspect.unwrap(target), "__code__", None)
    # A method that is read from its class is a plain function, so only the name of its first parameter marks it.
    return [FunctionStep(target, code is not None and code.co_varnames[:1] in (("self",), ("cls",), ("_cls",)))]


def _reached(owner: type, function: Callable[..., Any], passed: KeywordCall | None) -> list[FunctionStep]:
    """Return the functions that receive the ``**kwargs`` of a constructor method.

    If unknown, these are the methods of the same name in the superclasses, then the constructors.
    """
    own = inspect.unwrap(getattr(function, "__func__", function))
    above = [step for step in _definitions(owner, getattr(own, "__name__", "")) if step.function is not own]
    if passed is None:
        inits = [step for step in _definitions(owner, "__init__") if step.function is not vars(owner).get("__init__")]
        return [*above, *inits]
    if passed.receiver == SUPER:
        return [step for step in _definitions(owner, passed.method) if step.function is not own]
    if passed.method == "__init__":
        return _chain(owner, None)
    return [*_definitions(owner, passed.method)][:1]


def _definitions(owner: type, name: str) -> Iterator[FunctionStep]:
    for ancestor in owner.__mro__:
        # torch.nn.Module takes **kwargs only to reject them.
        is_module = ancestor.__name__ == "Module" and ancestor.__module__.startswith("torch.nn")
        if name in vars(ancestor) and not is_module and ancestor not in (object, typing.Generic):
            found = vars(ancestor)[name]
            # ``__new__`` is a static method as well, but its first parameter is the class.
            is_plain = isinstance(found, staticmethod) and name != "__new__"
            function = found.__func__ if isinstance(found, staticmethod | classmethod) else found
            yield FunctionStep(function, not is_plain, name in ("__init__", "__new__"), ancestor.__name__)


def _arguments_of(
    parameters: list[inspect.Parameter], names: AnnotationNames, bindings: Mapping[Any, Any]
) -> Iterator[Argument]:
    kinds = inspect.Parameter
    passes_on = any(parameter.kind is kinds.VAR_KEYWORD for parameter in parameters)
    for parameter in parameters:
        # ``*args, **kwargs`` is the usual way to pass everything on; a config gives arguments by name.
        if passes_on and parameter.kind is kinds.VAR_POSITIONAL and parameter.name == "args":
            continue
        annotation = bind(names.resolve(parameter.annotation), bindings)
        # ``size: int = None`` means an optional integer, as it did before PEP 484 was changed.
        if parameter.default is None and annotation is not Any:
            annotation = Optional[annotation]  # noqa: UP045 (types and aliases alike)
        yield Argument(parameter.name, annotation, parameter.default, parameter.kind, _mark(annotation))


def _mark(annotation: Any) -> Mark:
    """Return the mark of a type, or of a member of a union."""
    members = get_args(annotation) if get_origin(annotation) in (Annotated, Union, types.UnionType) else ()
    marks = (member if isinstance(member, Mark) else _mark(member) for member in members)
    return next((mark for mark in marks if mark is not Mark.CONFIG), Mark.CONFIG)


def _relations(annotation: Any) -> Iterator[Relation]:
    """Yield the relations of a type, or of the members of a union."""
    members = get_args(annotation) if get_origin(annotation) in (Annotated, Union, types.UnionType) else ()
    for member in members:
        yield from [member] if isinstance(member, Relation) else _relations(member)


def _search(annotation: Any) -> Search | None:
    """Return the search range of a type, or of a member of a union."""
    members = get_args(annotation) if get_origin(annotation) in (Annotated, Union, types.UnionType) else ()
    return next((one for member in members if (one := member if isinstance(member, Search) else _search(member))), None)
