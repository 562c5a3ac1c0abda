"""Plan scalars, paths, choices, unions, annotated types and class names."""

from __future__ import annotations

import math
import sys
import types
from collections import abc
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace
from enum import Enum
from os import PathLike
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin

from spanreg.registry.config.params import Params
from spanreg.registry.errors import ConfigurationError, ConfigurationTypeError, Problem
from spanreg.registry.marks import AllowImports, OnDisk, Untracked
from spanreg.registry.names import spell_type, spell_value, suggest
from spanreg.registry.planning.nodes import ConfigPosition, PlanNode, ReadyValue
from spanreg.registry.planning.plan import INVALID, PlanContext, handles, plan_value
from spanreg.registry.registrable import Registrable
from spanreg.registry.source.ancestry import descends
from spanreg.registry.source.classes import OpaqueType, can_be_called, load, load_opaque
from spanreg.registry.trust import references


@handles(Any)
def plan_anything(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Accept any plain data."""
    return ReadyValue(value)


@handles(OpaqueType)
def plan_opaque(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Accept any value for a type whose package is not imported; look up a name, such as that of a dtype, later."""
    return NamedConstant(annotation, value, context.position) if isinstance(value, str) else ReadyValue(value)


@dataclass(frozen=True, slots=True)
class NamedConstant(PlanNode):
    """A name that is looked up in its package when the component is constructed.

    The value ``"float16"`` of an argument ``dtype: torch.dtype`` becomes one while torch is not imported.
    """

    annotation: Any
    value: str
    position: ConfigPosition

    def construct(self, extras: Mapping[str, Any]) -> Any:
        cls = load_opaque(self.annotation)
        # Only a class without a constructor has named instances; any other one may take the text itself.
        if isinstance(cls, OpaqueType) or not isinstance(cls, type) or can_be_called(cls):
            return self.value
        context = PlanContext(self.position.path)
        node = plan_value(cls, self.value, context)
        if context.problems:
            raise ConfigurationTypeError([self.position.problem(one.problem, one.hint) for one in context.problems])
        return node.construct(extras)


@handles(TypeVar)
def plan_type_variable(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan by the bound of a free type variable; without a bound, accept anything."""
    return plan_value(annotation.__bound__ or Any, value, context)


@handles(NewType)
def plan_new_type(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan by the type that a ``NewType`` renames."""
    return plan_value(annotation.__supertype__, value, context)


@handles(InitVar)
def plan_init_var(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan an ``InitVar`` of a dataclass."""
    return plan_value(annotation.type, value, context)


@handles(bool, int, float, str, None, types.NoneType)
def plan_scalar(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Accept the exact type; only an integer is converted to a float, and a path to a string."""
    if annotation is float and type(value) is int:
        try:
            return ReadyValue(float(value))
        except OverflowError:
            return context.mismatch(value, hint="give a number below 1.8e308")
    if annotation is str and isinstance(value, PurePath):
        return ReadyValue(str(value))
    wanted = annotation or types.NoneType
    # ``type``, not ``isinstance``: a boolean is an integer in Python. JSON has no infinite numbers.
    if type(value) is not wanted or (isinstance(value, float) and not math.isfinite(value)):
        return context.mismatch(value, annotation)
    return ReadyValue(value)


@handles(Path, PathLike)
def plan_path(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Accept a string or a path."""
    if not isinstance(value, str | PathLike):
        return context.mismatch(value, hint="give a path, as a string")
    context.note_name(str(value))
    return ReadyValue(Path(value))


@handles(Params)
def plan_params_object(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Accept an object whose keys the component reads itself."""
    if not isinstance(value, Mapping):
        return context.mismatch(value, hint="give an object")
    return ReadyValue(Params(dict(value), f"{context.path}." if context.path else ""))


@handles(Literal)
def plan_literal(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Accept one of the choices; ``true`` is not the choice 1."""
    choices = get_args(annotation)
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return ReadyValue(value)
    return _no_choice(annotation, value, [choice for choice in choices if isinstance(choice, str)], context)


@handles(Enum, subclasses=True)
def plan_enum(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Accept the name or the value of a member."""
    for member in load(annotation):
        if value is member or value == member.name or (value == member.value and type(value) is type(member.value)):
            return ReadyValue(member)
    return _no_choice(annotation, value, [member.name for member in annotation], context)


def _no_choice(annotation: Any, value: Any, names: list[str], context: PlanContext) -> PlanNode:
    hint = suggest(value, names, "choices") if isinstance(value, str) and names else f"give {spell_type(annotation)}"
    return context.report(f"is {spell_value(value)}", hint)


@handles(Union, types.UnionType)
def plan_union(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan by the first member that fits, or report why none does."""
    # Float comes last, so that integers stay integers.
    failures: dict[Any, list[Problem]] = {}
    for member in sorted(get_args(annotation), key=lambda member: member is float):
        # On trial, so that the problems of members that do not fit are not reported.
        trial = context.trial()
        node = plan_value(member, value, trial)
        if not trial.problems:
            context.adopt(trial)
            return node
        failures[member] = trial.problems
    # A wrong value is never meant as null, so that failure would only distract.
    failures.pop(types.NoneType, None)
    # An object or a list is not a misspelt choice, nor is a string a malformed object.
    unlike = [member for member in failures if _is_of_another_form(member, value)]
    if len(unlike) < len(failures):
        failures = {member: found for member, found in failures.items() if member not in unlike}
    # Of members that reject the value for its type alone, none is meant, unless there are no others.
    mismatch = [(context.path, f"is {spell_value(value)}")]
    likely = {
        member: found
        for member, found in failures.items()
        if [(problem.path, problem.problem) for problem in found] != mismatch
    }
    if not likely and len(failures) > 1:
        return context.mismatch(value, annotation)
    failures = likely or failures
    if len(failures) == 1:
        context.problems.extend(*failures.values())
        return INVALID
    reasons = (f"as {spell_type(member)}: {_spell_below(context, found)}" for member, found in failures.items())
    return context.report(f"fits none of its types ({'; '.join(reasons)})", f"give {spell_type(annotation)}")


def _is_of_another_form(member: Any, value: Any) -> bool:
    """Return whether a value cannot be meant as a member: an object as a choice, or a string as an object."""
    if isinstance(value, Mapping | list):
        return get_origin(member) is Literal
    return isinstance(value, str) and get_origin(member) is dict


def _spell_below(context: PlanContext, problems: list[Problem]) -> str:
    """Return problems in one line, with their paths relative to the position of the union."""
    paths = (problem.path[len(context.path) :].lstrip(".") for problem in problems)
    return ", ".join(f"{path} {problem.problem}".strip() for path, problem in zip(paths, problems, strict=True))


@handles(Annotated)
def plan_annotated(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan by the type, then check the constraints."""
    kind, *marks = get_args(annotation)
    for mark in marks:
        if isinstance(mark, OnDisk):
            context.note_name(value, mark)
    before = len(context.problems)
    untracked = next((mark for mark in marks if isinstance(mark, Untracked)), None)
    # Paths inside are collected apart, because those of an untracked value must not be hashed.
    inside = context if untracked is None else replace(context, names=[])
    with references.allowing(package for mark in marks if isinstance(mark, AllowImports) for package in mark.packages):
        node = plan_value(kind, value, inside)
    if untracked is not None and not untracked.written:
        context.names.extend(replace(name, tracked=False, hint=untracked.hint) for name in inside.names)
    if len(context.problems) > before:
        return node
    complaints = (mark.complaint(value) for mark in marks if hasattr(mark, "complaint"))
    complaint = next(filter(None, complaints), None)
    return context.report(f"is {value}", complaint) if complaint else node


@handles(type, abc.Callable)
def plan_class_name(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Accept a dotted name for ``type[X]`` or ``Callable``, and a registered name if X is registrable."""
    if callable(value):
        return ReadyValue(value)
    if not isinstance(value, str):
        return context.mismatch(value, hint="give a dotted name such as package.module.Name")
    wanted = (get_args(annotation) or (object,))[0] if get_origin(annotation) is type else None
    try:
        if not isinstance(wanted, type) or wanted is object:
            called = references.find_callable(value)
            if (annotation is type or wanted is not None) and not isinstance(called, type):
                raise ConfigurationError(f"'{value}' is not a class", hint="name a class")
            return ReadyValue(called)
        if issubclass(wanted, Registrable):
            found = wanted.by_name(value)
            if not references.is_subclass(found, wanted):
                raise references.not_a_subclass(value, wanted)
            return ReadyValue(found)
        return _plan_subclass(value, wanted, context)
    except ConfigurationError as error:
        return context.report_error(error)


def _plan_subclass(name: str, wanted: type, context: PlanContext) -> PlanNode:
    """Plan a subclass of a class that is not registrable; the source of a library may prove that it is one."""
    references.require_dotted(name)
    # For a library that is imported already, the class itself is asked below.
    trusted, proven = references.is_trusted(name), name.split(".")[0] not in sys.modules and descends(name, wanted)
    if trusted and proven:
        return NamedClass(name, wanted, references.allowed(), context.position)
    if proven:
        return context.report_error(references.not_included(name), only_to_run=True)
    return ReadyValue(references.find_class(name, wanted))


@dataclass(frozen=True, slots=True)
class NamedClass(PlanNode):
    """The dotted name of a class that is imported when the component is constructed.

    The value ``"my_package.MyCallback"`` of an argument ``callback: type[TrainerCallback]`` becomes one.
    """

    name: str
    wanted: type
    allowed: frozenset[str]
    "Packages that it may be imported from, in addition to those that the user trusts."
    position: ConfigPosition

    def construct(self, extras: Mapping[str, Any]) -> Any:
        with references.allowing(self.allowed), self.position.located():
            return references.find_class(self.name, self.wanted)
