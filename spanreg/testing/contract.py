"""Laws, the components that they are checked on, and the error that lists all violations."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spanreg.registry import Params, Plan, Registrable, plan_params
from spanreg.registry.registrable import registered_names


class LawViolation(Exception):
    """Raised by a law, with the observed behaviour as its text.

    ``raise LawViolation("channels is 3, the result has 4")``
    """


def require(is_true: bool, seen: str) -> None:
    """Raise an error unless a condition of a law is true.

    Args:
        is_true: the condition.
        seen: the observed behaviour, for the report.

    Raises:
        LawViolation: the condition is false.
    """
    if not is_true:
        raise LawViolation(seen)


@dataclass(frozen=True, slots=True)
class ComponentCase:
    """A component class with the config and the run-time arguments to construct it.

    Example: ``ComponentCase(MaxMatch, Segmenter, {}, {"dictionary": dictionary}, 1e-6).make()``.
    """

    cls: type[Registrable]
    base: type[Registrable]
    "Base class of the family."
    config: Mapping[str, Any]
    "Options, without ``type``."
    extras: Mapping[str, Any]
    "Arguments of run time, by name."
    tolerance: float
    "Largest difference of two results that should be equal."

    @property
    def chosen(self) -> dict[str, Any]:
        """The config as a user would write it, with the registered name if there is one."""
        names = registered_names(self.cls)
        return {**({"type": names[0]} if names else {}), **self.config}

    def plan(self, **options: Any) -> Plan:
        """Return the plan of the config with some options changed."""
        config = {**self.chosen, **options}
        return plan_params(self.base if "type" in config else self.cls, Params(config), extras=self.extras)

    def make(self, **options: Any) -> Any:
        """Return a new component from the config with some options changed.

        Raises:
            ConfigurationError: the config is invalid.
        """
        return self.plan(**options).construct(**self.extras)


Law = Callable[[ComponentCase], None]
"""Function that raises ``LawViolation`` if a component violates the law. Reports use its name, with spaces."""


@dataclass(frozen=True, slots=True)
class BrokenLaw:
    """A violated law and the observed behaviour.

    Example: ``str(BrokenLaw("gradients flow", "no gradient reaches the tokens"))``.
    """

    law: str
    seen: str
    is_raised: bool = field(default=False, compare=False)
    "Whether the component raised an error, which may be a mere consequence of another violated law."

    def __str__(self) -> str:
        return f"{self.law}: {self.seen}"


class ContractError(AssertionError):
    """A component violates laws of its family; ``broken`` lists them, and the text has each cause once.

    Example: ``pytest.raises(ContractError, match="padding changes nothing")``.

    Args:
        component: name of the component's class.
        family: name of the family's base class.
        broken: all violated laws.
        form: names of the laws that the others presuppose; if one of them is violated, errors raised by the component
            in other laws are counted as consequences.
    """

    def __init__(self, component: str, family: str, broken: Iterable[BrokenLaw], form: Collection[str] = ()) -> None:
        self.broken = tuple(broken)
        count = f"{len(self.broken)} laws" if len(self.broken) > 1 else "a law"
        super().__init__("\n- ".join([f"{component} breaks {count} of the family {family}:", *self._causes(form)]))

    def _causes(self, form: Collection[str]) -> list[str]:
        """Return a line for each cause, and one for the number of its consequences."""
        is_formless = any(one.law in form for one in self.broken)
        laws: dict[str, list[str]] = {}
        for one in self.broken:
            if one.law in form or not (is_formless and one.is_raised):
                laws.setdefault(one.seen, []).append(one.law)
        # The same observation under several laws is one cause: it is reported once, with the other laws in brackets.
        consequences = len(self.broken) - sum(map(len, laws.values()))
        lines = []
        for seen, (first, *more) in laws.items():
            too = f" (and {', '.join(more)})" if more else ""
            lines.append(f"{first}{too}: {seen}")
        return [*lines, *([f"{consequences} more cannot be checked before that"] if consequences else [])]


def law_name(law: Law) -> str:
    """Return the name of a law in reports: ``padding_changes_nothing`` is ``padding changes nothing``."""
    return law.__name__.replace("_", " ")


def judge(law: Law, subject: ComponentCase) -> BrokenLaw | None:
    """Return the violation of a law by a component; None if there is none."""
    try:
        law(subject)
    except LawViolation as broken:
        return BrokenLaw(law_name(law), str(broken))
    except Exception as error:
        # An error of the component violates the law as well: the other laws are still checked.
        return BrokenLaw(law_name(law), _describe_error(error), is_raised=True)
    return None


def _describe_error(error: Exception) -> str:
    """Return an error raised by a component, with the line in the user's own file."""
    text = f"{type(error).__name__}: {str(error).strip() or 'without a text'}"
    here = Path(__file__).parents[1]
    # The last frame outside of this package and of installed ones is where the user has to look.
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not Path(frame.filename).is_relative_to(here) and "site-packages" not in frame.filename
    ]
    return f"{text} ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else text
