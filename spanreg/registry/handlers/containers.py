"""Plan lists, sets, tuples and dicts."""

from __future__ import annotations

import inspect
import re
from collections import OrderedDict, abc, deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, get_args, get_origin, is_typeddict

from spanreg.registry.names import spell_type, spell_value, suggest
from spanreg.registry.planning.annotations import keys_of_typed_dict
from spanreg.registry.planning.nodes import CollectionNode, PlanNode, ReadyValue
from spanreg.registry.planning.plan import HANDLERS, INVALID, PlanContext, handles, plan_value

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"Keys of an object that spell a number."


@handles(abc.Set, abc.MutableSet, abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection)
@handles(list, set, frozenset, deque, subclasses=True)
def plan_sequence(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan items of one type, which become a list, a set or another collection by their annotation."""
    if not isinstance(value, list | tuple | set | frozenset):
        return context.mismatch(value, annotation)
    member = (get_args(annotation) or (Any,))[0]
    make = get_origin(annotation) or annotation
    # ``Sequence`` and the like cannot be constructed themselves.
    if inspect.isabstract(make):
        make = set if issubclass(make, abc.Set) else list
    items = [plan_value(member, item, context.at(index)) for index, item in enumerate(value)]
    if not issubclass(make, abc.Set):
        return CollectionNode(make, tuple(items))
    for index, (item, node) in enumerate(zip(value, items, strict=True)):
        if not node.is_hashable:
            context.at(index).report(f"is {spell_value(item)}, which a set cannot hold", "give strings or numbers")
    return CollectionNode(make, tuple(items), context.position)


@handles(tuple, subclasses=True)
def plan_tuple(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan a tuple of fixed length, or of any length with ``...``; accept an object for a ``NamedTuple``."""
    if hasattr(annotation, "_fields"):
        is_short = isinstance(value, list | tuple) and len(value) <= len(annotation._fields)
        named = dict(zip(annotation._fields, value, strict=False)) if is_short else value
        return HANDLERS[object](annotation, named, context)
    members = get_args(annotation) or (Any, ...)
    if not isinstance(value, list | tuple):
        return context.mismatch(value, annotation)
    if members[-1] is ...:
        members = members[:1] * len(value)
    if len(members) != len(value):
        return context.report(f"has {len(value)} items", f"give {len(members)}")
    pairs = enumerate(zip(members, value, strict=True))
    return CollectionNode(tuple, tuple(plan_value(member, item, context.at(index)) for index, (member, item) in pairs))


@handles(abc.Mapping, abc.MutableMapping)
@handles(OrderedDict, dict, subclasses=True)
def plan_mapping(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan a dict with keys of one type and values of another, without duplicate keys."""
    if not isinstance(value, Mapping):
        return context.mismatch(value, annotation)
    if is_typeddict(get_origin(annotation) or annotation):
        return _plan_typed_dict(annotation, value, context)
    key_type, value_type = get_args(annotation) or (Any, Any)
    make = OrderedDict if get_origin(annotation) is OrderedDict else dict
    seen: dict[PlanNode, Any] = {}
    items = []
    for key, item in value.items():
        node = _plan_key(key_type, key, context.at(key))
        # Distinct JSON keys may give equal keys: "1" and "01" are the same integer.
        # All invalid keys have the same node, which does not make them duplicates.
        is_key = node is not INVALID and isinstance(node, ReadyValue | CollectionNode)
        if is_key and seen.setdefault(node, key) is not key:
            context.at(key).report(f"duplicates the key {spell_value(seen[node])}", "remove one of them")
        items.append(CollectionNode(tuple, (node, plan_value(value_type, item, context.at(key)))))
    return CollectionNode(make, tuple(items), context.position)


def _plan_typed_dict(annotation: Any, value: Mapping[Any, Any], context: PlanContext) -> PlanNode:
    """Plan a dict whose keys, and the types of their values, are those of a ``TypedDict``."""
    keys = keys_of_typed_dict(annotation)
    for name, key in keys.items():
        if key.required and name not in value:
            context.at(name).report("is required and missing", f"add it: {spell_type(key.annotation)}")
    items = []
    for name, item in value.items():
        here = context.at(name)
        if name in keys:
            items.append(CollectionNode(tuple, (ReadyValue(name), plan_value(keys[name].annotation, item, here))))
        else:
            made = get_origin(annotation) or annotation
            here.report(f"is not a key of {made.__name__}", suggest(str(name), keys, "keys"))
    return CollectionNode(dict, tuple(items), context.position)


def _plan_key(key_type: Any, key: Any, context: PlanContext) -> PlanNode:
    """Plan a key as a string or, if that does not fit, as a number: JSON has only keys that are strings."""
    # The string first: with ``dict[str | int, ...]``, the key "1" stays as it is written.
    for candidate in (key, *_number_in(key)):
        trial = context.trial()
        node = plan_value(key_type, candidate, trial)
        if not trial.problems and node.is_hashable:
            context.adopt(trial)
            return node
    return context.report(f"the key is {spell_value(key)}", f"give {spell_type(key_type)}")


def _number_in(key: Any) -> Iterator[int | float]:
    if isinstance(key, str) and NUMBER.fullmatch(key):
        with suppress(ValueError):  # Python refuses to read very long integers
            yield float(key) if set(key) & set(".eE") else int(key)
