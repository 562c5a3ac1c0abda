"""Exclude combinations of axes from a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanreg.registry import ConfigurationError, Problem, suggest
from spanreg.studies.define.axes import Axis

Choice = dict[str, str | list[str]]
"Name of an alternative, or several names, by axis."


@dataclass(frozen=True, slots=True)
class CombinationConstraint:
    """Requires ``then`` of every combination that matches ``when``.

    Example:
        constraints: [{ when: { aggregator: 'none' }, 'then': { segmenter: 'single' } }]
    """

    when: Choice
    "Name of an alternative, or several names, by axis."
    then: Choice
    "What the combination must match as well, in the same form."

    def allows(self, choice: Mapping[str, str]) -> bool:
        """Return whether a combination is an arm."""
        return not _matches(self.when, choice) or _matches(self.then, choice)


@dataclass(frozen=True, slots=True)
class CellFilter:
    """All exclusions and constraints of a study.

    ``CellFilter([{"aggregator": "none"}]).allows({"aggregator": "none"})`` is false.
    """

    exclude: Sequence[Choice] = ()
    "Combinations that are left out."
    constraints: Sequence[CombinationConstraint] = ()

    def allows(self, choice: Mapping[str, str]) -> bool:
        """Return whether a combination is an arm."""
        # Exclusions and constraints are independent: a combination must pass both.
        if any(_matches(excluded, choice) for excluded in self.exclude):
            return False
        return all(constraint.allows(choice) for constraint in self.constraints)

    def check(self, axes: Sequence[Axis]) -> None:
        """Check that all names are those of axes and their alternatives.

        Raises:
            ConfigurationError: some are not; all of them at once.
        """
        problems = [problem for where, choice in self._choices() for problem in _unknown_names(where, choice, axes)]
        if problems:
            raise ConfigurationError(problems)

    def _choices(self) -> Iterator[tuple[str, Choice]]:
        """Yield all patterns with their places in the study file."""
        yield from ((f"exclude.{index}", choice) for index, choice in enumerate(self.exclude))
        for index, constraint in enumerate(self.constraints):
            yield f"constraints.{index}.when", constraint.when
            yield f"constraints.{index}.then", constraint.then


def _matches(pattern: Choice, choice: Mapping[str, str]) -> bool:
    """Return whether a combination has one of the names of the pattern on each of its axes."""
    # An axis that is as in the base is not in the choice, so no pattern that names it matches.
    return all(key in choice and choice[key] in _names(names) for key, names in pattern.items())


def _names(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def _unknown_names(where: str, choice: Choice, axes: Sequence[Axis]) -> Iterator[Problem]:
    """Yield a problem for each axis or alternative that does not exist."""
    known: dict[str, Any] = {axis.key: axis.pieces for axis in axes}
    for key, names in choice.items():
        if key not in known:
            yield Problem("unknown axis", f"{where}.{key}", suggest(key, known, "axes"))
            continue
        for name in _names(names):
            if name not in known[key]:
                hint = suggest(name, known[key], "alternatives")
                yield Problem(f"the axis '{key}' has no alternative '{name}'", f"{where}.{key}", hint)
