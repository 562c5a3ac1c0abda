"""What is known of a component from its source alone: signature, words of its docstring, place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spanreg.cli.rendering.families import FAMILIES, OPTIONS, family
from spanreg.registry import ConfigurationError, Mark, Signature, signature_of, stand_in, suggest
from spanreg.registry.handlers.foreign import fields_of
from spanreg.registry.names import spell_type
from spanreg.registry.source.classes import UNKNOWN_DEFAULT, line_of
from spanreg.registry.source.docstrings import ParsedDocstring, parse_docstring

UNKNOWN = "..."
"A default that is known only after import."

MOST_OPTIONS = 3
"Options with a default that an example shows."

OURS = "ours"
"The source of a component whose docstring names none."

REGISTERED = re.compile(r"[,;] registered as ``\w+``")


@dataclass(frozen=True, slots=True)
class ParameterCard:
    """One argument of a component."""

    name: str
    type: str
    "In words."
    default: str | None
    "As Python writes it; None where there is none, ``...`` where it is known only after import."
    given_by: str
    "``config``, ``runtime``, or ``inherited``: handed down where the config does not give it."
    meaning: str


@dataclass(frozen=True, slots=True)
class ComponentCard:
    """One registered name."""

    family: str
    name: str
    where: str
    "Module and line."
    cls: str
    words: ParsedDocstring
    parameters: tuple[ParameterCard, ...]
    is_default: bool = False
    is_neutral: bool = False
    key: str = ""
    "Of the config, where it is not the family's."

    @property
    def summary(self) -> str:
        """The first sentence, in Markdown, without the name that it is registered under."""
        return REGISTERED.sub("", self.words.summary).replace("``", "`")

    @property
    def example(self) -> str:
        """A part of a config, from the docstring, or else with what is required and the first options."""
        return self.words.example or spell_example(self.key or self.family, self.name, self.parameters)

    @property
    def source(self) -> str:
        """The paper or package that it follows."""
        return self.words.source or OURS


def components(keys: list[str]) -> list[ComponentCard]:
    """All components of some families, by key."""
    return [_component(key, listed) for key in keys for listed in family(key).describe_available()]


def find_components(name: str) -> list[ComponentCard]:
    """The components of this name, as a rule one; ``family/name`` asks for one family's.

    Raises:
        ConfigurationError: there is none; names the nearest.
    """
    key, _, own = name.rpartition("/")
    if key and key not in FAMILIES:
        raise ConfigurationError(f"there is no family '{key}'", hint=suggest(key, FAMILIES, "families"))
    keys = [key] if key else list(FAMILIES)
    found = [one for one in keys if own in family(one).list_available()]
    options = [] if key else [one for one, (_, _, place) in OPTIONS.items() if own in (one, place)]
    if not found and not options:
        names = [known for one in keys for known in family(one).list_available()]
        names += [] if key else [one for name, (_, _, place) in OPTIONS.items() for one in (name, place) if one]
        raise ConfigurationError(f"there is no component '{own}'", hint=suggest(own, names, "components"))
    registered = [component for component in components(found) if component.name == own]
    return [*registered, *map(options_class, options)]


def options_class(name: str) -> ComponentCard:
    """What is known of a class of options."""
    module, cls, key = OPTIONS[name]
    target = stand_in(module, cls)
    where = f"{module}:{line_of(target)}"
    words = parse_docstring(target)
    foreign = getattr(target, "foreign", None)
    parameters = _foreign(target) if foreign else _parameters(signature_of(target), words)
    return ComponentCard("options", name, where, cls, words, parameters, key=key)


def _foreign(target: Any) -> tuple[ParameterCard, ...]:
    """The fields of another package's class that a config may give."""
    package, module, cls = target.foreign
    meaning = f"as in {package}.{cls}"
    return tuple(
        ParameterCard(name, spell_type(kind), "...", "config", meaning)
        for name, kind in fields_of(package, module, cls).items()
        if name not in target.reserved
    )


def spell_example(key: str, name: str, parameters: Sequence[ParameterCard]) -> str:
    """Return a line of a config: the required arguments, and the first ones that have a default."""
    given = [one for one in parameters if one.given_by == CONFIG]
    required = [f"{one.name}: ..." for one in given if one.default is None]
    optional = [f"{one.name}: {value}" for one in given if (value := _in_jsonnet(one.default)) is not None]
    inside = [*([f"type: '{name}'"] if key in FAMILIES else []), *required, *optional[:MOST_OPTIONS]]
    return f"{key}: {{ {', '.join(inside)} }}"


def _in_jsonnet(default: str | None) -> str | None:
    """A default as Jsonnet writes it; None for one that says nothing, such as null."""
    if default in (None, "None", UNKNOWN) or default[0] in "([{<":
        return None
    return {"True": "true", "False": "false"}.get(default, default)


def _component(key: str, listed: Any) -> ComponentCard:
    base = family(key)
    target, constructor = base.find(listed.name)
    words = parse_docstring(target)
    signature = signature_of(getattr(target, constructor) if constructor else target, target)
    return ComponentCard(
        family=key,
        name=listed.name,
        where=f"{listed.module}:{listed.line}",
        cls=listed.cls,
        words=words,
        parameters=_parameters(signature, words),
        is_default=listed.name == base.default_implementation,
        is_neutral=listed.name == getattr(base, "neutral", None),
    )


def _parameters(signature: Signature, words: ParsedDocstring) -> tuple[ParameterCard, ...]:
    return tuple(
        ParameterCard(
            name=argument.name,
            type=spell_type(argument.annotation),
            default=None
            if argument.required
            else UNKNOWN
            if argument.default is UNKNOWN_DEFAULT
            else repr(argument.default),
            given_by=argument.mark.value,
            meaning=words.parameters.get(argument.name, ""),
        )
        for argument in signature.arguments
    )


def configs_with(component: ComponentCard, folder: Path) -> list[str]:
    """Jsonnet files below a folder that name a component, in alphabetical order."""
    pattern = re.compile(
        rf"""type:\s*['"]{re.escape(component.name)}['"]|{component.family}:\s*['"]{component.name}['"]"""
    )
    files = sorted([*folder.rglob("*.jsonnet"), *folder.rglob("*.libsonnet")])
    return [file.as_posix() for file in files if pattern.search(file.read_text(encoding="utf-8", errors="replace"))]


RUNTIME = Mark.RUNTIME.value
CONFIG = Mark.CONFIG.value
