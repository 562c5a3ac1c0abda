"""Describe components by their source: signature, docstring and location."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spanreg.cli.rendering.families import FAMILIES, OPTIONS, family
from spanreg.cli.rendering.jsonnet import spell_data
from spanreg.registry import ConfigurationError, Mark, Signature, signature_of, stand_in, suggest
from spanreg.registry.handlers.foreign import fields_of
from spanreg.registry.names import spell_type
from spanreg.registry.source.classes import UNKNOWN_DEFAULT, line_of
from spanreg.registry.source.docstrings import ParsedDocstring, parse_docstring
from spanreg.registry.source.searched_files import searched_text

RUNTIME = Mark.RUNTIME.value
CONFIG = Mark.CONFIG.value

UNKNOWN = "..."
"A default whose value is known only after import."

MOST_OPTIONS = 3
"Most optional parameters in an example."

OURS = "ours"
"Source of a component whose docstring names no paper or package."

REGISTERED = re.compile(r"[,;] registered as ``\w+``")
"The part of a summary that repeats the name of the component."


@dataclass(frozen=True, slots=True)
class ParameterCard:
    """One argument of a component, for display.

    ``find_components("max_match")[0].parameters[0].spelt_default``
    """

    name: str
    type: str
    "Type in words."
    default: str | None
    "Python literal; None for a required argument, ``...`` for a value known only after import."
    given_by: str
    "``config``, ``runtime``, or ``inherited``: passed by an outer component unless the config gives it."
    meaning: str
    search: str | None = None
    "Values that a search tries by default, in words; None where the component names none."

    @property
    def spelt_default(self) -> str:
        """Default as a config spells it, ``required``, or ``...``."""
        return "required" if self.default is None else spell_literal(self.default)


@dataclass(frozen=True, slots=True)
class ComponentCard:
    """Description of a registered component.

    ``find_components("max_match")[0].summary``
    """

    family: str
    name: str
    where: str
    "Module and line of the definition."
    cls: str
    words: ParsedDocstring
    parameters: tuple[ParameterCard, ...]
    is_default: bool = False
    is_neutral: bool = False
    key: str = ""
    "Key of the config, if it differs from the family's."

    @property
    def summary(self) -> str:
        """First sentence of the docstring in Markdown, without the registered name."""
        return REGISTERED.sub("", self.words.summary).replace("``", "`")

    @property
    def example(self) -> str:
        """Part of a config: from the docstring, or made from the required arguments and the first options."""
        return self.words.example or spell_example(self.key or self.family, self.name, self.parameters)

    @property
    def jsonnet(self) -> str:
        """One line of a config, with the required arguments and the first options."""
        return spell_example(self.key or self.family, self.name, self.parameters)

    @property
    def python(self) -> str:
        """One line of Python for the same config; empty for options, which are keys of an outer config."""
        if self.family not in FAMILIES:
            return ""
        module = self.where.partition(":")[0]
        home = "spanreg.components" if module.startswith("spanreg.") else module
        cls, _, constructor = self.cls.partition(".")
        given = ", ".join(f"{name}={value}" for name, value in example_arguments(self.parameters))
        # Another constructor than the class itself is selected by its name.
        call = f"{cls}.config({given})" if not constructor else f"{{'type': '{self.name}'}}"
        return f"from {home} import {cls}; {call}"

    @property
    def source(self) -> str:
        """Paper or package that the component follows."""
        return self.words.source or OURS


def components(keys: list[str]) -> list[ComponentCard]:
    """Return all components of some families.

    Args:
        keys: keys of ``FAMILIES``.
    """
    return [_component(key, listed) for key in keys for listed in family(key).describe_available()]


def find_components(name: str) -> list[ComponentCard]:
    """Return the components of a name, usually one; ``family/name`` selects a family.

    Raises:
        ConfigurationError: there is no such component; the hint has the nearest name.
    """
    key, _, own = name.rpartition("/")
    if key and key not in FAMILIES:
        raise ConfigurationError(f"there is no family '{key}'", hint=suggest(key, FAMILIES, "families"))
    keys = [key] if key else list(FAMILIES)
    found = [one for one in keys if own in family(one).list_available()]
    # ``Experiment`` and ``Study`` have an empty key, which an empty name would match.
    options = [one for one, (_, _, place) in OPTIONS.items() if own in (one, place)] if own and not key else []
    if not found and not options:
        # The names of options and of families follow, so that a misspelt one is found as well.
        names = [known for one in keys for known in family(one).list_available()]
        names += [] if key else [one for name, (_, _, place) in OPTIONS.items() for one in (name, place) if one]
        names += [] if key else FAMILIES
        raise ConfigurationError(f"there is no component '{own}'", hint=suggest(own, names, "components"))
    registered = [
        _component(one, listed) for one in found for listed in family(one).describe_available() if listed.name == own
    ]
    return [*registered, *map(options_class, options)]


def options_class(name: str) -> ComponentCard:
    """Return the description of a class of options."""
    module, cls, key = OPTIONS[name]
    target = stand_in(module, cls)
    where = f"{module}:{line_of(target)}"
    words = parse_docstring(target)
    foreign = getattr(target, "foreign", None)
    parameters = _foreign(target) if foreign else _parameters(signature_of(target), words)
    return ComponentCard("options", name, where, cls, words, parameters, key=key)


def _foreign(target: Any) -> tuple[ParameterCard, ...]:
    """Return the fields of another package's class that a config may give."""
    package, module, cls = target.foreign
    meaning = f"as in {package}.{cls}"
    return tuple(
        ParameterCard(name, spell_type(kind), UNKNOWN, CONFIG, meaning)
        for name, kind in fields_of(package, module, cls).items()
        # Fields that spanreg sets itself.
        if name not in target.reserved
    )


def spell_example(key: str, name: str, parameters: Sequence[ParameterCard]) -> str:
    """Return a line of a config with the required arguments and the first optional ones."""
    given = [f"{one}: {spell_literal(value)}" for one, value in example_arguments(parameters)]
    inside = [*([f"type: '{name}'"] if key in FAMILIES else []), *given]
    return f"{key}: {{ {', '.join(inside)} }}"


def example_arguments(parameters: Sequence[ParameterCard]) -> list[tuple[str, str]]:
    """Return the required arguments, as ``...``, and the first optional ones, with their defaults in Python."""
    given = [one for one in parameters if one.given_by == CONFIG]
    required = [(one.name, UNKNOWN) for one in given if one.default is None]
    # None is not worth showing, and collections and reprs such as <class 'int'> would make the line long.
    optional = [
        (one.name, one.default)
        for one in given
        if one.default not in (None, "None", UNKNOWN) and one.default[0] not in "([{<"
    ]
    return [*required, *optional[:MOST_OPTIONS]]


def spell_literal(literal: str) -> str:
    """Return a Python literal as Jsonnet; other text, such as ``...``, unchanged."""
    try:
        value = ast.literal_eval(literal)
    except (ValueError, SyntaxError):
        return literal
    # UNKNOWN is a literal of Python, too.
    if value is ...:
        return literal
    return spell_data(list(value) if isinstance(value, tuple | set | frozenset) else value)


def _component(key: str, listed: Any) -> ComponentCard:
    """Return the description of a registered component."""
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
    """Return the arguments of a signature, with their meanings from the docstring."""
    return tuple(
        ParameterCard(
            name=argument.name,
            type=spell_type(argument.annotation),
            default=None if argument.required else _spell_default(argument.default),
            given_by=argument.mark.value,
            meaning=words.parameters.get(argument.name, ""),
            search=None if argument.search is None else str(argument.search),
        )
        for argument in signature.arguments
    )


def _spell_default(default: Any) -> str:
    return UNKNOWN if default is UNKNOWN_DEFAULT else repr(default)


def configs_with(component: ComponentCard, folder: Path) -> list[str]:
    """Return the Jsonnet files below a folder that use a component, in alphabetical order."""
    # By text: evaluating hundreds of configs would take seconds, and some need external variables.
    pattern = re.compile(
        rf"""type:\s*['"]{re.escape(component.name)}['"]|{component.family}:\s*['"]{component.name}['"]"""
    )
    files = sorted([*folder.rglob("*.jsonnet"), *folder.rglob("*.libsonnet")])
    return [file.as_posix() for file in files if pattern.search(searched_text(file))]
