"""Write the schema of a class, by a table of functions for each kind of annotation.

A schema covers keys and types as a plan does. It does not cover problems that depend on several parts of a config, on
files or on data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_origin

from spanreg.registry.marks import Mark
from spanreg.registry.names import shown_name
from spanreg.registry.planning.signatures import Argument, Signature
from spanreg.registry.registrable import names_handed_down

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')


@dataclass(frozen=True, slots=True)
class SchemaContext:
    """Arguments that a component may receive in addition to its config.

    ``SchemaContext().inside_lazy(Encoder).extras``
    """

    extras: frozenset[str] = frozenset()
    is_deferred: bool = False
    "Inside a ``Lazy``: ``construct`` may pass further arguments."
    is_complete: bool = False
    "Inside a ``Lazy`` whose family names all arguments of ``construct``."

    def inside_lazy(self, wanted: Any) -> SchemaContext:
        """Return the context of a component that a ``Lazy`` constructs later."""
        names = names_handed_down(wanted)
        is_complete = names is not None and (self.is_complete or not self.is_deferred)
        return SchemaContext(self.extras | frozenset(names or ()), is_deferred=True, is_complete=is_complete)

    def requires(self, argument: Argument, signature: Signature) -> bool:
        """Return whether a config must give an argument."""
        if argument.mark is not Mark.CONFIG or argument.name in self.extras or not argument.required:
            return False
        return signature.marked or self.is_complete or not self.is_deferred


@dataclass
class SchemaWriter:
    """Write the schemas of annotations; each class is written once, under ``$defs``.

    ``json.dumps(SchemaWriter().document(Experiment, "an experiment"))``

    Parameters:
        replaced: annotations that replace those in a signature, by class and argument.

    Source:
        JSON Schema, draft 2020-12.
    """

    replaced: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    definitions: dict[str, Schema] = field(default_factory=dict)
    names: dict[tuple[Any, SchemaContext], str] = field(default_factory=dict)
    "Names of the definitions."

    def document(self, cls: type, title: str) -> Schema:
        """Return the complete schema of a class's config."""
        root = self.schema_of(cls, SchemaContext())
        return _with_equal_definitions_merged({"$schema": DRAFT, "title": title, **root, "$defs": self.definitions})

    def schema_of(self, annotation: Any, context: SchemaContext) -> Schema:
        """Return the schema of the values that an annotation accepts."""
        origin = get_origin(annotation) or annotation
        # The type of an annotation is also a key: TypeVar annotates by its instances.
        for kind in (origin,) if type(origin) is type else (origin, type(origin)):
            if isinstance(kind, Hashable) and kind in WRITERS:
                return WRITERS[kind](self, annotation, context)
        # An annotation that a plan does not support either: the schema leaves the judgement to the plan.
        if not isinstance(origin, type):
            return {}
        base = next((base for base in BASES if issubclass(origin, base)), object)
        return WRITERS[base](self, annotation, context)

    def definition(self, cls: type, context: SchemaContext, write: Callable[[], Schema]) -> Schema:
        """Return a reference to the definition of a class, and write the definition at the first use."""
        key = (cls, context)
        if key not in self.names:
            alike = sum(known is cls for known, _ in self.names)
            # A class has one definition per context, which determines the required arguments.
            name = self.names[key] = shown_name(cls) + (f"-{alike + 1}" if alike else "")
            # Entered before it is written, because a class may contain configs of itself.
            self.definitions[name] = {}
            self.definitions[name] = write()
        return {"$ref": f"#/$defs/{self.names[key]}"}


def _with_equal_definitions_merged(document: Schema) -> Schema:
    """Return the schema with equal definitions merged into one.

    Definitions may refer to one another in cycles. So all are assumed to be equal at first, and are separated by their
    references until no more differences appear.
    """
    definitions = document["$defs"]
    texts = {name: json.dumps(body, sort_keys=True) for name, body in definitions.items()}
    group: dict[str, str] = {}
    finer = dict.fromkeys(definitions, "")
    while finer != group:
        group, first = finer, dict[str, str]()
        finer = {name: first.setdefault(_with_references(text, group), name) for name, text in texts.items()}
    kept = {name: body for name, body in sorted(definitions.items()) if group[name] == name}
    merged: Schema = json.loads(_with_references(json.dumps({**document, "$defs": kept}), group))
    return merged


def _with_references(text: str, names: Mapping[str, str]) -> str:
    """Return the text of a schema with all references renamed."""
    return _REFERENCE.sub(lambda found: f'"#/$defs/{names[found[1]]}"', text)


SchemaFunction = Callable[[SchemaWriter, Any, SchemaContext], Schema]

WRITERS: dict[Any, SchemaFunction] = {}
"Functions by type, or by the origin of a generic type."
BASES: list[type] = []
"Types whose subclasses use the same function, in the order in which they are tried."


def describes(*kinds: Any, subclasses: bool = False) -> Callable[[SchemaFunction], SchemaFunction]:
    """Decorator that registers a function for types, and with ``subclasses`` for their subclasses."""

    def enter(write: SchemaFunction) -> SchemaFunction:
        WRITERS.update(dict.fromkeys(kinds, write))
        BASES.extend(kinds if subclasses else ())
        return write

    return enter
