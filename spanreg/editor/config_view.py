"""Keys, values, meanings and components at the places of one text, for editors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from spanreg.cli.rendering.component_card import ComponentCard, components
from spanreg.cli.rendering.families import FAMILIES
from spanreg.editor.config_schema import config_schema
from spanreg.editor.outline import CursorContext, KeyPath, KeySite, TextOutline
from spanreg.editor.schema_walk import CompletionChoice, SchemaWalker
from spanreg.registry.source.classes import source_of
from spanreg.studies.define.patches import PATCH


@dataclass(frozen=True, slots=True)
class ComponentSite:
    """A component that a text names.

    ``ConfigView("{ aggregator: 'max_pool' }").component_at(17).card.name``
    """

    card: ComponentCard
    site: KeySite
    "Where its name is."


class ConfigView:
    """A config or a study, complete or not, with the keys, values and meanings that the schema has for its places.

    ``view = ConfigView(text)``, then ``view.choices(view.outline.at(position))``

    Parameters:
        text: Jsonnet.
        included: packages that the user includes.
    """

    def __init__(self, text: str, included: tuple[str, ...] = ()) -> None:
        self.text = text
        self.outline = TextOutline(text)
        self.is_study = self.outline.is_study
        self._walker = _walker("study" if self.is_study else "config", included)
        # The types in an arm are valid in that arm alone.
        self._types = {path: value for path, value in self.outline.values.items() if path[:1] != ("arms",)}

    def choices(self, context: CursorContext) -> list[CompletionChoice]:
        """Return what may be written at a position: keys that are not there yet, or values."""
        path = self._place(context.path)
        if context.at == "value":
            return self._walker.values(path, self._types_at(context.path))
        written = {known[-1] for known in self.outline.keys if known[:-1] == context.path}
        found = self._walker.keys(path, self._types_at(context.path))
        # The key under the cursor is in the text already, and is proposed while it is edited.
        return [choice for choice in found if choice.name not in written or choice.name == context.word]

    def key_at(self, position: int) -> tuple[CompletionChoice, KeySite] | None:
        """Return the key at a position with its meaning, or None where no known key is."""
        for path, site in self.outline.keys.items():
            if site.start <= position <= site.end:
                # The place of the object that the key is in: an arm's name and its ``patch`` are no keys of a config.
                about = self._walker.about((*self._place(path[:-1]), path[-1]), self._types_at(path))
                return (about, site) if about is not None else None
        return None

    def component_at(self, position: int) -> ComponentSite | None:
        """Return the component whose name is at a position, or None."""
        for path, site in self.outline.sites.items():
            if site.start <= position <= site.end:
                owner = path[:-1] if path[-1:] == ("type",) else path
                base = self._walker.family(self._place(owner), self._types_at(owner))
                key = next((key for key, (_, name) in FAMILIES.items() if name == base), None)
                listed = components([key]) if key else []
                return next(
                    (ComponentSite(card, site) for card in listed if card.name == self.outline.values[path]), None
                )
        return None

    def site_of(self, path: KeyPath) -> KeySite:
        """Return the place of the value at a path, or of the nearest key above it; otherwise the start of the text."""
        while path:
            site = self.outline.sites.get(path) or self.outline.keys.get(path)
            if site is not None:
                return site
            path = path[:-1]
        return KeySite(0, min(1, len(self.text)))

    def _place(self, path: KeyPath) -> KeyPath:
        """Return the place in the schema: an arm of a study changes its base."""
        if not self.is_study or path[:1] != ("arms",) or len(path) < 2:
            return path
        # An arm is the patch itself, or an object that has it next to options such as ``seeds``.
        if (*path[:2], PATCH) not in self.outline.keys:
            return ("base", *path[2:])
        return ("base", *path[3:]) if path[2:3] == (PATCH,) else path

    def _types_at(self, path: KeyPath) -> dict[KeyPath, str]:
        """Return the types that are valid at a path; those of an arm replace those of the base."""
        if not self.is_study or path[:1] != ("arms",) or len(path) < 2:
            return self._types
        own = {known: value for known, value in self.outline.values.items() if known[:2] == path[:2]}
        return {**self._types, **{self._place(known): value for known, value in own.items()}}


def file_of(card: ComponentCard) -> tuple[Path, int] | None:
    """Return the source file of a component and the line of its class, counted from 1; None without source."""
    module, _, line = card.where.partition(":")
    source = source_of(module)
    return (source.file, int(line)) if source is not None else None


# Cached, because a view is made for every change of a text, and parsing the schema takes longer than all the rest.
@lru_cache
def _walker(root: str, included: tuple[str, ...]) -> SchemaWalker:
    return SchemaWalker(config_schema(root, included))
