"""One small handler a type; together they are the table that the planner works by."""

from __future__ import annotations

import math
import types
from collections import OrderedDict, abc
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.marks import Constraint
from spanreg.registry.names import spell_type, spell_value, suggest
from spanreg.registry.nodes import Collection, Node, Ready, Table
from spanreg.registry.params import Params
from spanreg.registry.planning import NOTHING, Place, handles, plan_value
from spanreg.registry.plugins import import_dotted
from spanreg.registry.registrable import Registrable


@handles(Any)
def plan_anything(annotation: Any, value: Any, place: Place) -> Node:
    """Whatever the config says, as plain data."""
    return Ready(value)


@handles(TypeVar)
def plan_type_variable(annotation: Any, value: Any, place: Place) -> Node:
    """A type variable that nothing binds: its bound, or anything."""
    return plan_value(annotation.__bound__ or Any, value, place)


@handles(bool, int, float, str, None, type(None))
def plan_scalar(annotation: Any, value: Any, place: Place) -> Node:
    """bool, int, float, str, None: nothing is converted but an integer where a number is asked for."""
    if annotation is float and isinstance(value, int) and not isinstance(value, bool):
        return Ready(float(value))
    wanted = type(None) if annotation is None else annotation
    if type(value) is not wanted or (isinstance(value, float) and not math.isfinite(value)):
        return _mismatch(annotation, value, place)
    return Ready(value)


def _mismatch(annotation: Any, value: Any, place: Place) -> Node:
    return place.report(f"is {spell_value(value)}", f"give {spell_type(annotation)}")


@handles(Path)
def plan_path(annotation: Any, value: Any, place: Place) -> Node:
    """A path, as a string."""
    if isinstance(value, Path):
        return Ready(value)
    return Ready(Path(value)) if isinstance(value, str) else _mismatch(annotation, value, place)


@handles(Params)
def plan_params(annotation: Any, value: Any, place: Place) -> Node:
    """An object whose keys the component takes itself."""
    if not isinstance(value, Mapping):
        return place.report(f"is {spell_value(value)}", "give an object")
    return Ready(Params(dict(value), f"{place.path}." if place.path else ""))


@handles(Literal)
def plan_literal(annotation: Any, value: Any, place: Place) -> Node:
    """One of the choices; ``true`` is not 1."""
    choices = get_args(annotation)
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return Ready(value)
    hint = suggest(value, choices, "choices") if isinstance(value, str) else f"give {spell_type(annotation)}"
    return place.report(f"is {spell_value(value)}", hint)


@handles(Enum)
def plan_enum(annotation: Any, value: Any, place: Place) -> Node:
    """By the member's name or by its value."""
    if isinstance(value, annotation):
        return Ready(value)
    for member in annotation:
        if value == member.name or (value == member.value and type(value) is type(member.value)):
            return Ready(member)
    names = [member.name for member in annotation]
    return place.report(
        f"is {spell_value(value)}",
        suggest(value, names, "choices") if isinstance(value, str) else f"give {spell_type(annotation)}",
    )


@handles(Union, types.UnionType)
def plan_union(annotation: Any, value: Any, place: Place) -> Node:
    """The first member that the value fits; else the failures of every member."""
    failures = []
    for member in get_args(annotation):
        trial = place.trial()
        node = plan_value(member, value, trial)
        if not trial.problems:
            return node
        failures.append((member, trial.problems))
    if value is not None:
        failures = [failure for failure in failures if failure[0] is not type(None)] or failures
    if len(failures) == 1:
        place.problems.extend(failures[0][1])
        return NOTHING
    if all(problem.path == place.path for _, problems in failures for problem in problems) and not isinstance(
        value, Mapping
    ):
        return place.report(f"is {spell_value(value)}", f"give {spell_type(annotation)}")
    reasons = "; ".join(
        f"as {spell_type(member)}: {', '.join(_inner(place, problem) for problem in problems)}"
        for member, problems in failures
    )
    return place.report(f"fits no member of the union ({reasons})", f"give {spell_type(annotation)}")


def _inner(place: Place, problem: Any) -> str:
    path = problem.path[len(place.path) :].lstrip(".")
    return f"{path} {problem.problem}".strip()


@handles(Annotated)
def plan_annotated(annotation: Any, value: Any, place: Place) -> Node:
    """The type itself, then every constraint in the annotation."""
    before = len(place.problems)
    node = plan_value(get_args(annotation)[0], value, place)
    if len(place.problems) > before:
        return node
    for mark in get_args(annotation)[1:]:
        complaint = mark.complaint(value) if isinstance(mark, Constraint) and not isinstance(mark, type) else None
        if complaint:
            return place.report(f"is {value}", complaint)
    return node


COLLECTIONS: dict[Any, Any] = {set: set, frozenset: frozenset, abc.Set: set}
"How a list of items becomes the collection; everything else stays a list."


@handles(list, set, frozenset, abc.Set, abc.MutableSet, abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection)
def plan_sequence(annotation: Any, value: Any, place: Place) -> Node:
    """A list of items of one type, given on as a list or a set."""
    if not isinstance(value, list | tuple | set | frozenset):
        return _mismatch(annotation, value, place)
    member = (get_args(annotation) or (Any,))[0]
    items = tuple(plan_value(member, item, place.at(index)) for index, item in enumerate(value))
    return Collection(COLLECTIONS.get(get_origin(annotation) or annotation, list), items)


@handles(tuple)
def plan_tuple(annotation: Any, value: Any, place: Place) -> Node:
    """A tuple of fixed length, or of any length with ``...``."""
    members = get_args(annotation) or (Any, ...)
    if not isinstance(value, list | tuple):
        return _mismatch(annotation, value, place)
    if members[-1] is ...:
        members = members[:1] * len(value)
    if len(members) != len(value):
        return place.report(f"has {len(value)} items", f"give {len(members)}")
    return Collection(
        tuple,
        tuple(
            plan_value(member, item, place.at(index))
            for index, (member, item) in enumerate(zip(members, value, strict=True))
        ),
    )


@handles(dict, OrderedDict, abc.Mapping, abc.MutableMapping)
def plan_mapping(annotation: Any, value: Any, place: Place) -> Node:
    """A dict with keys of one type and values of another."""
    if not isinstance(value, Mapping):
        return _mismatch(annotation, value, place)
    key_type, value_type = get_args(annotation) or (Any, Any)
    return Table(
        tuple((_key(key_type, key, place), plan_value(value_type, item, place.at(key))) for key, item in value.items())
    )


def _key(key_type: Any, key: Any, place: Place) -> Any:
    """Keys of a config are strings; where integers are asked for, digits will do."""
    if key_type is int and isinstance(key, str) and key.lstrip("-").isdigit():
        return int(key)
    trial = place.trial()
    node = plan_value(key_type, key, trial)
    if trial.problems:
        place.at(key).report(f"the key is {spell_value(key)}", f"give {spell_type(key_type)}")
    return node.construct({})


@handles(type, abc.Callable)
def plan_class_name(annotation: Any, value: Any, place: Place) -> Node:
    """``type[X]`` and ``Callable``: a dotted name; for a registrable X a registered name too."""
    if callable(value):
        return Ready(value)
    wanted = (get_args(annotation) or (object,))[0] if get_origin(annotation) is type else None
    if not isinstance(value, str):
        return place.report(f"is {spell_value(value)}", "give a dotted name such as package.module.Name")
    try:
        if isinstance(wanted, type) and issubclass(wanted, Registrable) and "." not in value:
            return Ready(wanted.by_name(value))
        found = import_dotted(value)
    except ConfigurationError as error:
        return place.report(error.problems[0].problem, error.problems[0].hint)
    if wanted is not None and isinstance(wanted, type) and not (isinstance(found, type) and issubclass(found, wanted)):
        return place.report(f"'{value}' is no {wanted.__name__}", f"name a subclass of {wanted.__name__}")
    return (
        Ready(found) if callable(found) else place.report(f"'{value}' cannot be called", "name a class or a function")
    )
