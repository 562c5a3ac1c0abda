"""Annotations that restrict an argument by another one of the same call, read from signatures by ``spanreg check``.

``min_n: Annotated[int, NotAbove("max_n")] = 2`` accepts no more than the value of ``max_n``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spanreg.registry.names import with_article


@dataclass(frozen=True, slots=True)
class Relation:
    """Base of annotations that restrict an argument by another one; a subclass implements ``conflict`` and ``__str__``.

    ``channels: Annotated[int, MultipleOf("heads")]``
    """

    other: str
    "Name of the other argument."

    def conflict(self, name: str, value: Any, other: Any) -> tuple[str, str] | None:
        """Return problem and hint of two values that exclude each other, or None.

        Args:
            name: the annotated argument.
            value: its value, as a config gives it or as the default is.
            other: the value of the other argument.
        """
        raise NotImplementedError


class NotAbove(Relation):
    """Restrict a number to at most another argument: ``min_n: Annotated[int, NotAbove("max_n")]``."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"at most {self.other}"

    def conflict(self, name: str, value: Any, other: Any) -> tuple[str, str] | None:
        if not (_is_number(value) and _is_number(other)) or value <= other:
            return None
        hint = f"give {with_article(name)} of {other} or less, or a greater {self.other}"
        return f"{name} {value} exceeds {self.other} {other}", hint


class MultipleOf(Relation):
    """Restrict an integer to multiples of another argument: ``channels: Annotated[int, MultipleOf("heads")]``."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"a multiple of {self.other}"

    def conflict(self, name: str, value: Any, other: Any) -> tuple[str, str] | None:
        if not (_is_number(value) and _is_number(other)) or other <= 0 or value % other == 0:
            return None
        hint = f"give a multiple of {other}, or change '{self.other}'"
        return f"{value} is not a multiple of {self.other}, {other}", hint


class NotWith(Relation):
    """Exclude an argument where another one is given: ``lengths: Annotated[list[float], NotWith("matched_to")]``."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"without {self.other}"

    def conflict(self, name: str, value: Any, other: Any) -> tuple[str, str] | None:
        if value is None or other is None:
            return None
        return f"cannot be combined with {self.other}", "remove one of the two"


@dataclass(frozen=True, slots=True)
class Needs(Relation):
    """Require another argument: ``patience: Annotated[int, Needs("evaluate_every")] | None``."""

    value: Any = None
    "The value that the other one must have; default: any but null."
    when: Any = None
    "The value that needs the other argument; default: every value but null."

    def __str__(self) -> str:
        wanted = self.other if self.value is None else f"{self.other}: {self.value!r}"
        return f"with {wanted}" if self.when is None else f"{self.when!r} only with {wanted}"

    def conflict(self, name: str, value: Any, other: Any) -> tuple[str, str] | None:
        needs = value is not None if self.when is None else value == self.when
        fits = other is not None if self.value is None else other == self.value
        if not needs or fits:
            return None
        if self.value is None:
            return f"{name} needs {self.other}, which is null", f"give {self.other}"
        wanted = f"{self.other}: {self.value!r}"
        return f"{name} needs {wanted}", f"give {wanted}, or leave {name} out"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
