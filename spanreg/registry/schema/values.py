"""Write schemas of scalars, choices, unions, constraints and containers."""

from __future__ import annotations

import types
from collections import OrderedDict, abc, deque
from collections.abc import Sequence
from dataclasses import InitVar
from enum import Enum
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin, is_typeddict

from spanreg.registry.config.params import Params
from spanreg.registry.handlers.containers import NUMBER
from spanreg.registry.lazy import Lazy
from spanreg.registry.marks import Above, AtLeast, Between, Distinct, Even, Items, Odd, Weights
from spanreg.registry.planning.annotations import keys_of_typed_dict
from spanreg.registry.registrable import Registrable
from spanreg.registry.schema.writer import Schema, SchemaContext, SchemaWriter, describes
from spanreg.registry.source.classes import OpaqueType, load

_SCALARS = {bool: "boolean", int: "integer", float: "number", str: "string", None: "null", types.NoneType: "null"}


@describes(Any, OpaqueType)
def any_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema that accepts everything."""
    return {}


@describes(*_SCALARS)
def scalar_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of one JSON type."""
    return {"type": _SCALARS[annotation]}


@describes(Path, PathLike)
def path_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of a path."""
    return {"type": "string"}


@describes(Params)
def params_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of an object whose keys a component reads itself."""
    return {"type": "object"}


@describes(TypeVar)
def type_variable_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of a variable's bound."""
    return writer.schema_of(annotation.__bound__ or Any, context)


@describes(NewType)
def new_type_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of the type behind a new name."""
    return writer.schema_of(annotation.__supertype__, context)


@describes(InitVar)
def init_var_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of a dataclass's argument that is not a field."""
    return writer.schema_of(annotation.type, context)


@describes(Lazy)
def lazy_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of a component that is constructed later."""
    wanted = (get_args(annotation) or (Any,))[0]
    return writer.schema_of(wanted, context.inside_lazy(wanted))


@describes(Literal)
def literal_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of fixed values."""
    return {"enum": list(get_args(annotation))}


@describes(Enum, subclasses=True)
def enum_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of the names of an enumeration, and of its values that JSON can express."""
    members = list(load(annotation))
    values = [one.value for one in members if isinstance(one.value, str | int | float | bool)]
    return {"enum": list(dict.fromkeys([*(one.name for one in members), *values]))}


@describes(Union, types.UnionType)
def union_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of several types."""
    members = [writer.schema_of(one, context) for one in get_args(annotation)]
    if all(list(one) == ["type"] for one in members):
        kinds = list(dict.fromkeys(one["type"] for one in members))
        return {"type": kinds if len(kinds) > 1 else kinds[0]}
    # A member that accepts everything makes the others superfluous.
    return {} if {} in members else {"anyOf": members}


@describes(Annotated)
def annotated_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of a type with the constraints that JSON Schema can express."""
    kind, *marks = get_args(annotation)
    limits = [_limit(mark) for mark in marks]
    merged: Schema = {key: value for limit in limits for key, value in limit.items()}
    # The limits of a union apply to all members: like ours, those of JSON Schema ignore values of other types.
    return {**writer.schema_of(kind, context), **merged}


def _limit(mark: Any) -> Schema:
    match mark:
        case AtLeast(minimum):
            return {"minimum": minimum}
        case Above(minimum):
            return {"exclusiveMinimum": minimum}
        case Between(minimum, maximum):
            return {"minimum": minimum, "maximum": maximum}
        case Items(minimum):
            return {"minItems": minimum}
        case Distinct():
            return {"uniqueItems": True}
        case Weights():
            return {"items": {"minimum": 0}, "contains": {"exclusiveMinimum": 0}}
        case Even():
            return {"multipleOf": 2}
        case Odd():
            # JSON Schema has no odd numbers. With the type, values of other types stay allowed.
            return {"not": {"type": "integer", "multipleOf": 2}}
    return {}


@describes(type, abc.Callable)
def class_name_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of the name of a class or function: a registered name, or a dotted one."""
    wanted = (get_args(annotation) or (None,))[0]
    if isinstance(wanted, type) and issubclass(wanted, Registrable):
        return {"anyOf": [{"enum": wanted.list_available()}, {"type": "string", "pattern": r"\."}]}
    return {"type": "string"}


@describes(abc.Set, abc.MutableSet, abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection)
@describes(list, set, frozenset, deque, subclasses=True)
def list_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of a list of items of one type."""
    return _array(writer.schema_of((get_args(annotation) or (Any,))[0], context))


@describes(tuple, subclasses=True)
def tuple_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of a tuple: of fixed length, of any length, or with names, which may also be an object."""
    # A named tuple may be written in both ways.
    if hasattr(annotation, "_fields"):
        return {"type": ["array", "object"]}
    members: Sequence[Any] = get_args(annotation) or (Any, ...)
    if members[-1] is ...:
        return _array(writer.schema_of(members[0], context))
    items = [writer.schema_of(one, context) for one in members]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def _array(items: Schema) -> Schema:
    return {"type": "array", **({"items": items} if items else {})}


@describes(abc.Mapping, abc.MutableMapping)
@describes(OrderedDict, dict, subclasses=True)
def mapping_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of an object with keys of one type, and values of another."""
    if is_typeddict(get_origin(annotation) or annotation):
        keys = keys_of_typed_dict(annotation)
        properties = {name: writer.schema_of(key.annotation, context) for name, key in keys.items()}
        required = [name for name, key in keys.items() if key.required]
        closed: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return closed | ({"required": required} if required else {})
    key, value = get_args(annotation) or (Any, Any)
    schema: Schema = {"type": "object"}
    names = writer.schema_of(key, context)
    # Keys of JSON are strings, so numbers among them are recognized by their spelling.
    if names.get("type") in ("integer", "number"):
        schema["propertyNames"] = {"pattern": f"^{NUMBER.pattern}$"}
    elif names and names.get("type") != "string":
        schema["propertyNames"] = names
    if values := writer.schema_of(value, context):
        schema["additionalProperties"] = values
    return schema
