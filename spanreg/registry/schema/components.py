"""Schemas of components: families by their ``type``, and classes by the arguments of their constructors."""

from __future__ import annotations

import inspect
import math
import re
from typing import Any, get_origin

from spanreg.registry.from_params import FromParams, overrides_from_params
from spanreg.registry.handlers.components import CallTarget
from spanreg.registry.handlers.foreign import ForeignFields, fields_of
from spanreg.registry.marks import Mark
from spanreg.registry.names import shown_name
from spanreg.registry.planning.annotations import bindings_of
from spanreg.registry.planning.signatures import Argument, Signature
from spanreg.registry.registrable import Registrable, full_name, is_base
from spanreg.registry.schema.writer import Schema, SchemaContext, SchemaWriter, describes
from spanreg.registry.source.classes import can_be_called, constants_of, current
from spanreg.registry.source.docstrings import parse_docstring
from spanreg.registry.trust.references import trusted_packages


@describes(object)
@describes(FromParams, subclasses=True)
def component_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of a class; a family selects one by ``type``."""
    cls = current(get_origin(annotation) or annotation)
    if getattr(cls, "_is_protocol", False) or overrides_from_params(cls):
        return {}
    if not can_be_called(cls):
        names = list(constants_of(cls))
        return {"enum": [*names, *(f"{cls.__module__}.{name}" for name in names)]} if names else {}
    if is_base(cls):
        return writer.definition(cls, context, lambda: _family(writer, cls, context))
    target = CallTarget(cls)
    if not target.signature({}).readable:
        return {}
    return writer.definition(cls, context, lambda: _call(writer, target, context, bindings_of(annotation)))


@describes(ForeignFields, subclasses=True)
def foreign_fields_schema(writer: SchemaWriter, annotation: Any, context: SchemaContext) -> Schema:
    """Return the schema of values for the fields of another package's dataclass."""
    fields = fields_of(*annotation.foreign)
    given = {name: kind for name, kind in fields.items() if name not in annotation.reserved}
    properties = {name: writer.schema_of(kind, context) for name, kind in given.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _family(writer: SchemaWriter, cls: type[Registrable], context: SchemaContext) -> Schema:
    """Return the schema of a family: a name, or an object whose ``type`` determines its keys."""
    names, default = cls.list_available(), cls.default_implementation
    members = {name: _member(writer, cls, name, context) for name in names}
    # Without required arguments, a component may be written as its name alone.
    alone = [name for name in names if "required" not in writer.definitions[f"{writer.names[cls, context]}.{name}"]]
    summaries = {name: parse_docstring(cls.find(name)[0]).summary.replace("``", "`") for name in names}
    dotted = _dotted_names(cls, names)
    selected: Schema = {
        "type": "object",
        "properties": {
            "type": {"anyOf": [*({"const": name, "description": summaries[name]} for name in names), dotted]}
        },
        **({} if default else {"required": ["type"]}),
        "allOf": [{"if": _has_type(name), "then": members[name]} for name in names],
    }
    # A config without ``type`` is one of the default implementation.
    if default:
        selected["allOf"].append({"if": {"not": {"required": ["type"]}}, "then": members[default]})
    return {"description": parse_docstring(cls).summary, "anyOf": [{"enum": alone}, dotted, selected]}


def _dotted_names(cls: type[Registrable], names: list[str]) -> Schema:
    """Return the schema of dotted names: those of registered classes, and any name in a trusted package.

    It is a pattern rather than a list of names, which editors would propose. Arguments of such a class are not checked.
    """
    registered = dict.fromkeys(re.escape(full_name(cls.find(name)[0])) for name in names)
    further = [rf"{re.escape(package)}\..+" for package in trusted_packages()]
    return {"type": "string", "pattern": f"^({'|'.join([*registered, *further])})$"}


def _has_type(name: str) -> Schema:
    return {"properties": {"type": {"const": name}}, "required": ["type"]}


def _member(writer: SchemaWriter, cls: type[Registrable], name: str, context: SchemaContext) -> Schema:
    """Return a reference to the schema of one registered name, whose keys are its arguments and ``type``."""
    owner, constructor = cls.find(name)
    key = f"{writer.names[cls, context]}.{name}"
    if overrides_from_params(owner):
        writer.definitions[key] = {"type": "object"}
    else:
        schema = _call(writer, CallTarget(owner, constructor), context, {})
        schema["properties"] = {"type": {"const": name}, **schema["properties"]}
        writer.definitions[key] = schema
    return {"$ref": f"#/$defs/{key}"}


def _call(writer: SchemaWriter, target: CallTarget, context: SchemaContext, bindings: Any) -> Schema:
    """Return the schema of the arguments of a call."""
    signature = target.signature(bindings)
    words = parse_docstring(target.owner)
    properties: dict[str, Schema] = {name: {} for name in signature.taken}
    for argument in signature.arguments:
        if argument.mark is not Mark.RUNTIME:
            properties[argument.name] = _argument(writer, target, argument, context, words.parameters)
    required = [one.name for one in signature.arguments if context.requires(one, signature)]
    return {
        **({"description": words.summary.replace("``", "`")} if words.summary else {}),
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        **_further(writer, signature, context),
    }


def _argument(
    writer: SchemaWriter, target: CallTarget, argument: Argument, context: SchemaContext, meanings: dict[str, str]
) -> Schema:
    owner = shown_name(target.owner)
    annotation = writer.replaced.get((owner, argument.name), argument.annotation)
    if argument.kind is inspect.Parameter.VAR_POSITIONAL:
        annotation = list[annotation]  # type: ignore[valid-type]
    schema = writer.schema_of(annotation, context)
    if schema and target.takes_null and not argument.required:
        schema = {"anyOf": [schema, {"type": "null"}]}
    about: Schema = {}
    if meaning := meanings.get(argument.name):
        about["description"] = meaning.replace("``", "`")
    if not argument.required and _is_plain(argument.default):
        about["default"] = argument.default
    return {**schema, **about}


def _further(writer: SchemaWriter, signature: Signature, context: SchemaContext) -> Schema:
    """Return the part of a schema about further keys."""
    hidden = [one.name for one in signature.arguments if one.mark is Mark.RUNTIME]
    if signature.rest is None:
        return {"additionalProperties": False}
    # The schema ``false`` rejects every value: here, those of names that a config cannot give.
    closed = dict.fromkeys([*hidden, *signature.reserved], False)
    rest = writer.schema_of(signature.rest, context)
    # As patterns, because editors would propose names under ``properties``.
    patterns = {"patternProperties": {f"^{name}$": refused for name, refused in closed.items()}} if closed else {}
    return {**patterns, **({"additionalProperties": rest} if rest else {})}


def _is_plain(value: Any) -> bool:
    """Return whether a default can be written as JSON."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or (
        isinstance(value, str | bool | int | float) and not (isinstance(value, float) and not math.isfinite(value))
    )
