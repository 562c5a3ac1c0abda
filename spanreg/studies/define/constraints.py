"""Which combinations of axes a study leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanreg.registry import ConfigurationError, Problem, suggest
from spanreg.studies.define.axes import Axis

Choice = dict[str, str | list[str]]
"By axis the name of an alternative, or several names."


@dataclass(frozen=True, slots=True)
class Constraint:
    """Where a combination has what ``when`` says, it must have what ``then`` says, too.

    Example:
        constraints: [{ when: { aggregator: 'none' }, 'then': { segmenter: 'single' } }]
    """

    when: Choice
    "By axis the name of an alternative, or several names."
    then: Choice
    "What the combination must have then, in the same form."

    def allows(self, choice: Mapping[str, str]) -> bool:
        """Whether a combination may be run."""
        return not _holds(self.when, choice) or _holds(self.then, choice)


@dataclass(frozen=True, slots=True)
class CellFilter:
    """All constraints of a study."""

    exclude: Sequence[Choice] = ()
    "Combinations that are left out."
    constraints: Sequence[Constraint] = ()

    def allows(self, choice: Mapping[str, str]) -> bool:
        """Whether a combination may be run."""
        if any(_holds(excluded, choice) for excluded in self.exclude):
            return False
        return all(constraint.allows(choice) for constraint in self.constraints)

    def check(self, axes: Sequence[Axis]) -> None:
        """Holds all names against the axes.

        Raises:
            ConfigurationError: every name that is no axis or no alternative of it, at once.
        """
        problems = [problem for where, choice in self._choices() for problem in _unknown(where, choice, axes)]
        if problems:
            raise ConfigurationError(problems)

    def _choices(self) -> Iterator[tuple[str, Choice]]:
        yield from ((f"exclude.{index}", choice) for index, choice in enumerate(self.exclude))
        for index, constraint in enumerate(self.constraints):
            yield f"constraints.{index}.when", constraint.when
            yield f"constraints.{index}.then", constraint.then


def _holds(pattern: Choice, choice: Mapping[str, str]) -> bool:
    return all(key in choice and choice[key] in _names(names) for key, names in pattern.items())


def _names(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _unknown(where: str, choice: Choice, axes: Sequence[Axis]) -> Iterator[Problem]:
    known: dict[str, Any] = {axis.key: axis.pieces for axis in axes}
    for key, names in choice.items():
        if key not in known:
            yield Problem("is no axis of this study", f"{where}.{key}", suggest(key, known, "axes"))
            continue
        for name in _names(names):
            if name not in known[key]:
                hint = suggest(name, known[key], "alternatives")
                yield Problem(f"'{name}' is no alternative of the axis '{key}'", f"{where}.{key}", hint)
