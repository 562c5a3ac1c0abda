"""What is known of a component from its source alone: signature, words of its docstring, place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spanreg.cli.families import FAMILIES, family
from spanreg.registry import ConfigurationError, Mark, signature_of, suggest
from spanreg.registry.docstrings import Documented, documented
from spanreg.registry.names import spell_type
from spanreg.registry.sources import UNKNOWN_DEFAULT

OURS = "ours"
"The source of a component whose docstring names none."

REGISTERED = re.compile(r"[,;] registered as ``\w+``")


@dataclass(frozen=True, slots=True)
class Parameter:
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
class Component:
    """One registered name."""

    family: str
    name: str
    where: str
    "Module and line."
    cls: str
    words: Documented
    parameters: tuple[Parameter, ...]
    is_default: bool
    is_neutral: bool

    @property
    def summary(self) -> str:
        """The first sentence, in Markdown, without the name that it is registered under."""
        return REGISTERED.sub("", self.words.summary).replace("``", "`")

    @property
    def source(self) -> str:
        """The paper or package that it follows."""
        return self.words.source or OURS


def components(keys: list[str]) -> list[Component]:
    """All components of some families, by key."""
    return [_component(key, listed) for key in keys for listed in family(key).describe_available()]


def find_components(name: str) -> list[Component]:
    """The components of this name, as a rule one; ``family/name`` asks for one family's.

    Raises:
        ConfigurationError: there is none; names the nearest.
    """
    key, _, own = name.rpartition("/")
    if key and key not in FAMILIES:
        raise ConfigurationError(f"there is no family '{key}'", hint=suggest(key, FAMILIES, "families"))
    keys = [key] if key else list(FAMILIES)
    found = [one for one in keys if own in family(one).list_available()]
    if not found:
        names = [known for one in keys for known in family(one).list_available()]
        raise ConfigurationError(f"there is no component '{own}'", hint=suggest(own, names, "components"))
    return [component for component in components(found) if component.name == own]


def _component(key: str, listed: Any) -> Component:
    base = family(key)
    target, constructor = base.find(listed.name)
    words = documented(target)
    signature = signature_of(getattr(target, constructor) if constructor else target, target)
    parameters = tuple(
        Parameter(
            name=argument.name,
            type=spell_type(argument.annotation),
            default=None
            if argument.required
            else "..."
            if argument.default is UNKNOWN_DEFAULT
            else repr(argument.default),
            given_by=argument.mark.value,
            meaning=words.parameters.get(argument.name, ""),
        )
        for argument in signature.arguments
    )
    return Component(
        family=key,
        name=listed.name,
        where=f"{listed.module}:{listed.line}",
        cls=listed.cls,
        words=words,
        parameters=parameters,
        is_default=listed.name == base.default_implementation,
        is_neutral=listed.name == getattr(base, "neutral", None),
    )


def configs_with(component: Component, folder: Path) -> list[str]:
    """Jsonnet files below a folder that name a component, in alphabetical order."""
    pattern = re.compile(
        rf"""type:\s*['"]{re.escape(component.name)}['"]|{component.family}:\s*['"]{component.name}['"]"""
    )
    files = sorted([*folder.rglob("*.jsonnet"), *folder.rglob("*.libsonnet")])
    return [file.as_posix() for file in files if pattern.search(file.read_text(encoding="utf-8", errors="replace"))]


RUNTIME = Mark.RUNTIME.value
