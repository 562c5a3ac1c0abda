"""Laws, what they are asked of, and the error that names all that are broken."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spanreg.registry import Params, Plan, Registrable, plan_params
from spanreg.registry.registrable import names_of


class Broken(Exception):
    """Raised inside a law, with what was seen."""


def hold(is_true: bool, seen: str) -> None:
    """Holds a component to something.

    Raises:
        Broken: it is not so.
    """
    if not is_true:
        raise Broken(seen)


@dataclass(frozen=True, slots=True)
class Subject:
    """A component class, and what is needed to build one."""

    cls: type[Registrable]
    base: type[Registrable]
    "The family."
    config: Mapping[str, Any]
    "The options, without ``type``."
    extras: Mapping[str, Any]
    "What run time hands down, by argument name."
    tolerance: float
    "How far two results may be apart that ought to be the same."

    @property
    def chosen(self) -> dict[str, Any]:
        """The config as a user would write it, with the registered name where there is one."""
        names = names_of(self.cls)
        return {**({"type": names[0]} if names else {}), **self.config}

    def plan(self, **options: Any) -> Plan:
        """The plan of the config with some options changed."""
        config = {**self.chosen, **options}
        return plan_params(self.base if "type" in config else self.cls, Params(config), extras=self.extras)

    def make(self, **options: Any) -> Any:
        """A new component by the config with some options changed.

        Raises:
            ConfigurationError: it cannot be built so.
        """
        return self.plan(**options).construct(**self.extras)


Law = Callable[[Subject], None]
"""Raises ``Broken`` where a component does not keep to it. Its name with blanks is what a report calls it."""


@dataclass(frozen=True, slots=True)
class BrokenLaw:
    """A law and how it was seen to be broken."""

    law: str
    seen: str
    is_raised: bool = field(default=False, compare=False)
    "Whether the component raised an error, which may only be a consequence of another broken law."

    def __str__(self) -> str:
        return f"{self.law}: {self.seen}"


class ContractError(AssertionError):
    """A component breaks laws of its family; ``broken`` lists them, the text names each cause once.

    Args:
        component: name of the class.
        family: name of its base class.
        broken: all that is broken.
        form: names of the laws that all others presuppose; where one is broken, errors in others are its consequences.
    """

    def __init__(self, component: str, family: str, broken: Iterable[BrokenLaw], form: Collection[str] = ()) -> None:
        self.broken = tuple(broken)
        count = f"{len(self.broken)} laws" if len(self.broken) > 1 else "a law"
        super().__init__("\n- ".join([f"{component} breaks {count} of the family {family}:", *self._causes(form)]))

    def _causes(self, form: Collection[str]) -> list[str]:
        is_formless = any(one.law in form for one in self.broken)
        laws: dict[str, list[str]] = {}
        for one in self.broken:
            if one.law in form or not (is_formless and one.is_raised):
                laws.setdefault(one.seen, []).append(one.law)
        consequences = len(self.broken) - sum(map(len, laws.values()))
        lines = []
        for seen, (first, *more) in laws.items():
            too = f" (and {', '.join(more)})" if more else ""
            lines.append(f"{first}{too}: {seen}")
        return [*lines, *([f"{consequences} more cannot be judged before that"] if consequences else [])]


def law_name(law: Law) -> str:
    """A law as a report calls it: ``padding_changes_nothing`` is ``padding changes nothing``."""
    return law.__name__.replace("_", " ")


def judge(law: Law, subject: Subject) -> BrokenLaw | None:
    """None where the law is kept."""
    try:
        law(subject)
    except Broken as broken:
        return BrokenLaw(law_name(law), str(broken))
    except Exception as error:
        return BrokenLaw(law_name(law), _spell(error), is_raised=True)
    return None


def _spell(error: Exception) -> str:
    """An error that a component raised, and where in its own file."""
    text = f"{type(error).__name__}: {str(error).strip() or 'without a text'}"
    here = Path(__file__).parents[1]
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not Path(frame.filename).is_relative_to(here) and "site-packages" not in frame.filename
    ]
    return f"{text} ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else text
