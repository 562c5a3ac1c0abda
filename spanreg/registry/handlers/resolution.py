"""Resolve a plan: every key of a config with its value or default, its type and its documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, get_args, get_origin

from spanreg.registry.handlers.components import LazyNode
from spanreg.registry.handlers.possible_types import possible_types
from spanreg.registry.marks import Mark
from spanreg.registry.names import shown_name, spell_type
from spanreg.registry.planning.nodes import CollectionNode, ConstructorCall, InheritedArgument, PlanNode
from spanreg.registry.planning.plan import Plan
from spanreg.registry.planning.signatures import Argument, signature_of
from spanreg.registry.registrable import is_base, names_handed_down
from spanreg.registry.source.classes import UNKNOWN_DEFAULT, current
from spanreg.registry.source.docstrings import parse_docstring

KeyPath: TypeAlias = tuple[str | int, ...]

GIVEN, DEFAULT, RUN_TIME, INHERITED, UNKNOWN = "given", "default", "run time", "inherited", "unknown"
"""Sources of a value:

``given``: the config. ``default``: the signature. ``run time``: run time alone. ``inherited``: an outer component
at run time, unless the config gives it. ``unknown``: a default that is known only after import.
"""


@dataclass(frozen=True, slots=True)
class ResolvedValue:
    """A key of a config with what is known about it before anything is built.

    ``resolve(plan_params(Experiment, config)).child("training").child("epochs").value``
    """

    path: KeyPath
    value: Any = None
    "As in a config; None for a value that has children."
    source: str = GIVEN
    type: str = ""
    "Type in words."
    about: str = ""
    "What the key means."
    children: tuple[ResolvedValue, ...] = ()
    component: str = ""
    "Name of the class that the children are arguments of."
    is_list: bool = False
    "The children are items of a list."
    is_bare: bool = False
    "The config gives a component by its name alone."

    def child(self, key: str | int) -> ResolvedValue | None:
        """Return a child by its key or index, or None."""
        return next((one for one in self.children if one.path[-1] == key), None)

    def leaves(self) -> Iterator[ResolvedValue]:
        """Yield the values without children, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def config(self) -> Any:
        """Return the config with every default that a config can spell."""
        if self.is_list and self.children:
            return [child.config() for child in self.children]
        if self.component or self.children:
            return {str(one.path[-1]): one.config() for one in self.children if one.source in (GIVEN, DEFAULT)}
        return self.value


def resolve(plan: Plan, config: Mapping[str, Any]) -> ResolvedValue:
    """Return the resolved values of a plan without problems.

    Args:
        plan: the plan.
        config: what was planned.
    """
    return _resolve(plan.root, config, ResolvedValue(()), None, frozenset())


def _resolve(
    node: PlanNode | None, value: Any, known: ResolvedValue, annotation: Any, extras: frozenset[str] | None
) -> ResolvedValue:
    """Resolve one value.

    Args:
        node: its plan, if there is one.
        value: as given.
        known: path, type and meaning.
        annotation: type of the argument.
        extras: names of arguments that are passed at run time; None if any may be.
    """
    if isinstance(node, LazyNode):
        names = names_handed_down(node.annotation)
        inner = None if names is None or extras is None else extras | frozenset(names)
        return _resolve(node.inner, value, known, node.annotation, inner)
    if isinstance(node, ConstructorCall) and isinstance(value, Mapping | str):
        return _resolve_call(node, value, known, annotation, extras)
    if isinstance(node, CollectionNode):
        children = tuple(_items(node, value, known, annotation, extras))
        # A collection of plain values stays one value: a list of numbers is shown in one line.
        if any(child.children or child.component for child in children):
            return replace(known, children=children, is_list=not isinstance(value, Mapping))
    return plain_value(value, known)


def plain_value(value: Any, known: ResolvedValue) -> ResolvedValue:
    """Return plain data; the children of an object, or of a list of objects, are its values."""
    is_list = isinstance(value, list) and any(isinstance(item, Mapping) for item in value)
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if is_list else ()
    children = tuple(plain_value(item, ResolvedValue((*known.path, key), source=known.source)) for key, item in pairs)
    return replace(known, value=None if children else value, children=children, is_list=is_list)


def _items(
    node: CollectionNode, value: Any, known: ResolvedValue, annotation: Any, extras: frozenset[str] | None
) -> Iterator[ResolvedValue]:
    inside = [one for member in possible_types(annotation) for one in get_args(member) if one is not ...]
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value if isinstance(value, list | tuple) else ())
    for (key, item), inner in zip(pairs, node.items, strict=False):
        # Items of a dict are pairs of nodes.
        own = inner.items[1] if isinstance(value, Mapping) and isinstance(inner, CollectionNode) else inner
        yield _resolve(own, item, ResolvedValue((*known.path, key)), inside[-1] if inside else None, extras)


def _resolve_call(
    node: ConstructorCall, value: Any, known: ResolvedValue, annotation: Any, extras: frozenset[str] | None
) -> ResolvedValue:
    target = getattr(node.target, node.constructor) if node.constructor else node.target
    signature = signature_of(target, node.target if node.constructor else None)
    given = {"type": value} if isinstance(value, str) else dict(value)
    words, planned = parse_docstring(node.target).parameters, dict(node.arguments)
    # In the order of the signature, so that a resolved config reads like the documentation.
    children = [*_type_of(given, signature.names, known.path, annotation)]
    for argument in signature.arguments:
        name = argument.name
        place = ResolvedValue((*known.path, name), None, GIVEN, spell_type(argument.annotation), words.get(name, ""))
        if name in given:
            children.append(_resolve(planned.get(name), given[name], place, argument.annotation, extras))
        else:
            children.append(_resolve_default(argument, planned.get(name), place, extras))
    # Further keys, which a ``**kwargs`` receives, have no type and no description.
    named = {str(one.path[-1]) for one in children}
    children += [
        plain_value(item, ResolvedValue((*known.path, key))) for key, item in given.items() if key not in named
    ]
    name = shown_name(node.target)
    return replace(known, children=tuple(children), component=name, is_bare=isinstance(value, str))


def _type_of(given: Mapping[str, Any], names: list[str], path: KeyPath, annotation: Any) -> Iterator[ResolvedValue]:
    """Yield the ``type`` of a component: as given, or the default of its family."""
    # The class itself has an argument called ``type``, which is resolved like any other.
    if "type" in names:
        return
    classes = (current(get_origin(member) or member) for member in possible_types(annotation))
    family = next((one for one in classes if isinstance(one, type) and is_base(one)), None)
    about = f"name of the {family.__name__}" if family is not None else ""
    if "type" in given:
        yield ResolvedValue((*path, "type"), given["type"], GIVEN, "a string", about)
    elif family is not None:
        name = getattr(family, "default_implementation", None)
        yield ResolvedValue((*path, "type"), name, DEFAULT, "a string", about)


def _resolve_default(
    argument: Argument, node: PlanNode | None, place: ResolvedValue, extras: frozenset[str] | None
) -> ResolvedValue:
    """Resolve an argument that the config does not give."""
    if argument.mark is Mark.RUNTIME:
        return replace(place, source=RUN_TIME)
    default = _plain(argument.default) if not argument.required else None
    is_passed = argument.mark is Mark.INHERITED or extras is None or argument.name in extras
    if isinstance(node, InheritedArgument) and (is_passed or argument.required):
        return replace(place, value=default if default is not UNKNOWN_DEFAULT else None, source=INHERITED)
    if default is UNKNOWN_DEFAULT:
        return replace(place, source=UNKNOWN)
    return plain_value(default, replace(place, source=DEFAULT))


def _plain(value: Any) -> Any:
    """Return a default as a config spells it, or ``UNKNOWN_DEFAULT`` if it cannot."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        items = [_plain(item) for item in value]
        return UNKNOWN_DEFAULT if any(item is UNKNOWN_DEFAULT for item in items) else items
    if isinstance(value, dict):
        members = {key: _plain(item) for key, item in value.items()}
        return UNKNOWN_DEFAULT if any(item is UNKNOWN_DEFAULT for item in members.values()) else members
    return UNKNOWN_DEFAULT
