"""Marks in signatures: what only run time knows, and what values are allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Protocol, TypeVar, runtime_checkable

T = TypeVar("T")


class Mark(Enum):
    """Where an argument's value comes from."""

    CONFIG = "config"
    "The config gives it. This is what an unmarked argument means."
    RUNTIME = "runtime"
    "Only run time knows it (a hidden size, a label count): a config must not give it."
    INHERITED = "inherited"
    "A config may give it; otherwise it is handed down by name from an outer component."


Runtime = Annotated[T, Mark.RUNTIME]
Inherited = Annotated[T, Mark.INHERITED]


@runtime_checkable
class Constraint(Protocol):
    """Anything in an ``Annotated`` that can complain about a value is checked before construction."""

    def complaint(self, value: Any) -> str | None:
        """What to do about a value that is not allowed; None for one that is."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The value is not below ``minimum``."""

    minimum: float

    def __str__(self) -> str:
        return f"at least {self.minimum}"

    def complaint(self, value: Any) -> str | None:
        return None if value is None or value >= self.minimum else f"give {self}"


@dataclass(frozen=True, slots=True)
class Above:
    """The value is larger than ``minimum``."""

    minimum: float

    def __str__(self) -> str:
        return f"more than {self.minimum}"

    def complaint(self, value: Any) -> str | None:
        return None if value is None or value > self.minimum else f"give {self}"


@dataclass(frozen=True, slots=True)
class Between:
    """The value lies between ``minimum`` and ``maximum``, both allowed."""

    minimum: float
    maximum: float

    def __str__(self) -> str:
        return f"between {self.minimum} and {self.maximum}"

    def complaint(self, value: Any) -> str | None:
        return None if value is None or self.minimum <= value <= self.maximum else f"give a value {self}"


@dataclass(frozen=True, slots=True)
class Odd:
    """The value is an odd integer, such as the width of a convolution that has a middle."""

    def __str__(self) -> str:
        return "an odd one"

    def complaint(self, value: Any) -> str | None:
        return None if value is None or value % 2 else f"give {self}"
