"""Find the keys, the values and the meaning of a place in a config by its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spanreg.editor.outline import KeyPath
from spanreg.registry.schema import Schema

Types = Mapping[KeyPath, str]
"String values of a config by path; a component is selected by its own value, or by that of its key ``type``."


@dataclass(frozen=True, slots=True)
class CompletionChoice:
    """A key or a value that a config may have at a place.

    ``[choice.name for choice in walker.values(("aggregator",), {})]``
    """

    name: str
    about: str = ""
    "Its meaning, in Markdown."
    is_text: bool = True
    "False for a value without quotation marks, such as ``true``."
    default: Any = None
    has_default: bool = False
    required: bool = False


class SchemaWalker:
    """Walks a schema along a path of a config.

    ``SchemaWalker(config_schema("config")).keys(("aggregator",), {("aggregator", "type"): "max_pool"})``
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.definitions: dict[str, Schema] = schema.get("$defs", {})

    def keys(self, path: KeyPath, types: Types) -> list[CompletionChoice]:
        """Return the keys of the object at a path."""
        found: dict[str, CompletionChoice] = {}
        for node in self.nodes(path, types):
            for part in self._objects(node, _selected(path, types)):
                required = part.get("required", ())
                for name, value in part.get("properties", {}).items():
                    if name not in found:
                        found[name] = self._key(name, value, name in required)
        return list(found.values())

    def values(self, path: KeyPath, types: Types) -> list[CompletionChoice]:
        """Return the values that are known for the place at a path."""
        found: dict[str, CompletionChoice] = {}
        for node in self.nodes(path, types):
            for choice in self._choices(node):
                # The same name may come with its meaning and without it.
                if choice.name not in found or choice.about:
                    found[choice.name] = choice
        return list(found.values())

    def about(self, path: KeyPath, types: Types) -> CompletionChoice | None:
        """Return the key at the end of a path with its meaning, or None for one that does not exist."""
        name = path[-1] if path else ""
        return next((key for key in self.keys(path[:-1], types) if key.name == name), None)

    def family(self, path: KeyPath, types: Types) -> str | None:
        """Return the name of the base class whose components a place takes, or None."""
        for node in self.nodes(path, types):
            for name, definition in self._named(node):
                # Only the schemas of families have rules by ``type``. A suffix numbers the contexts of a class.
                if any("allOf" in one for one in definition.get("anyOf", ())):
                    return name.partition("-")[0]
        return None

    def nodes(self, path: KeyPath, types: Types) -> list[Schema]:
        """Return the schemas of the value at a path, several for a union."""
        found: list[Schema] = [self.schema]
        for depth, step in enumerate(path):
            selected = _selected(path[:depth], types)
            found = [below for node in found for below in self._below(node, step, selected)]
        return found

    def _below(self, node: Schema, step: str | int, selected: str | None) -> Iterator[Schema]:
        if isinstance(step, int):
            for part in self._parts(node):
                fixed = part.get("prefixItems", ())
                if step < len(fixed):
                    yield fixed[step]
                elif isinstance(part.get("items"), dict):
                    yield part["items"]
            return
        for part in self._objects(node, selected):
            inside = part.get("properties", {})
            if step in inside:
                yield inside[step]
            elif isinstance(part.get("additionalProperties"), dict):
                yield part["additionalProperties"]

    def _named(self, node: Schema) -> Iterator[tuple[str, Schema]]:
        """Yield the definitions that a schema refers to, those of a union included."""
        for one in [node, *node.get("anyOf", ())]:
            if reference := one.get("$ref"):
                name = reference.rpartition("/")[2]
                yield name, self.definitions[name]

    def _parts(self, node: Schema) -> Iterator[Schema]:
        """Yield the members of a union, with references resolved."""
        # This ends, because definitions refer to one another only inside of properties, items and rules.
        yield node
        if reference := node.get("$ref"):
            yield from self._parts(self.definitions[reference.rpartition("/")[2]])
        for member in node.get("anyOf", ()):
            yield from self._parts(member)

    def _objects(self, node: Schema, selected: str | None) -> Iterator[Schema]:
        """Yield the schemas of objects; of a family, that of the selected component."""
        for part in self._parts(node):
            if part.get("type") == "object":
                yield part
            # A rule without a ``const`` is that of the default implementation, which applies without a ``type``.
            for rule in part.get("allOf", ()):
                wanted = rule["if"].get("properties", {}).get("type", {}).get("const")
                if wanted == selected:
                    yield from self._objects(rule["then"], None)

    def _key(self, name: str, schema: Schema, required: bool) -> CompletionChoice:
        about = schema.get("description", "")
        # The parts of ``type`` describe single components, and not the key.
        if not about and name != "type":
            about = next((part["description"] for part in self._parts(schema) if "description" in part), "")
        return CompletionChoice(name, about, True, schema.get("default"), "default" in schema, required)

    def _choices(self, node: Schema) -> Iterator[CompletionChoice]:
        for part in self._parts(node):
            if "const" in part:
                yield _choice(part["const"], part.get("description", ""))
            for value in part.get("enum", ()):
                yield _choice(value)
            kinds = part.get("type", ())
            if "boolean" in ([kinds] if isinstance(kinds, str) else kinds):
                yield from (CompletionChoice("true", "", False), CompletionChoice("false", "", False))
            # The schema of a family lists its names without meanings; those under ``type`` have them.
            for one in part.get("properties", {}).get("type", {}).get("anyOf", ()) if "allOf" in part else ():
                yield from self._choices(one)


def _choice(value: Any, about: str = "") -> CompletionChoice:
    return (
        CompletionChoice(value, about) if isinstance(value, str) else CompletionChoice(str(value).lower(), about, False)
    )


def _selected(path: KeyPath, types: Types) -> str | None:
    """Return the name of the component at a path."""
    return types.get((*path, "type"), types.get(path))
