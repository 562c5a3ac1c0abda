"""Marks in signatures: what only run time knows, and what values are allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypeVar

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


@dataclass(frozen=True, slots=True)
class OnDisk:
    """In the ``Annotated`` of strings: each names a file, a folder or a pattern of files.

    ``spanreg check`` reports those that do not exist, and what depends on a config depends on their content. A ``Path``
    needs no such mark.
    """

    or_remote: bool = False
    "A plain name (``word`` or ``word/word``) may also be one on the hub."
    hint: str = ""
    "How to get such a file, for the message about one that does not exist."


@dataclass(frozen=True, slots=True)
class Untracked:
    """In the ``Annotated`` of a path: nothing depends on the content as a whole.

    For places that a component writes to, and for folders of which it says itself what it reads.
    """

    written: bool = False
    "The component writes there, so it need not exist."
    hint: str = ""
    "As that of ``OnDisk``."


@dataclass(frozen=True, slots=True)
class Attached(OnDisk):
    """In the ``Annotated`` of a path: the file belongs to the component, and is copied wherever that is kept."""


@dataclass(frozen=True, slots=True)
class AllowImports:
    """In the ``Annotated`` of a class or a function: packages that its dotted name may be imported from.

    Anything else that a config names this way must be imported already, or be in a package that the user trusts.
    """

    packages: tuple[str, ...]


class Constraint:
    """What an ``Annotated`` holds to limit numbers; subclass it, say in ``__str__`` what is allowed."""

    __slots__ = ()

    def allows(self, value: Any) -> bool:
        raise NotImplementedError

    def complaint(self, value: Any) -> str | None:
        """What to do about a value that is not allowed; None for one that is, and for what is no number."""
        return None if not isinstance(value, int | float) or self.allows(value) else f"give {self}"


@dataclass(frozen=True, slots=True)
class AtLeast(Constraint):
    """The value is not below ``minimum``."""

    minimum: float

    def __str__(self) -> str:
        return f"at least {self.minimum}"

    def allows(self, value: Any) -> bool:
        return bool(value >= self.minimum)


@dataclass(frozen=True, slots=True)
class Above(Constraint):
    """The value is larger than ``minimum``."""

    minimum: float

    def __str__(self) -> str:
        return f"more than {self.minimum}"

    def allows(self, value: Any) -> bool:
        return bool(value > self.minimum)


@dataclass(frozen=True, slots=True)
class Between(Constraint):
    """The value lies between ``minimum`` and ``maximum``, both allowed."""

    minimum: float
    maximum: float

    def __str__(self) -> str:
        return f"a value between {self.minimum} and {self.maximum}"

    def allows(self, value: Any) -> bool:
        return bool(self.minimum <= value <= self.maximum)


@dataclass(frozen=True, slots=True)
class Items(Constraint):
    """The value is a list of at least ``minimum`` items."""

    minimum: int

    def __str__(self) -> str:
        return f"a list of at least {self.minimum}"

    def allows(self, value: Any) -> bool:
        return len(value) >= self.minimum

    def complaint(self, value: Any) -> str | None:
        return None if not isinstance(value, list | tuple) or self.allows(value) else f"give {self}"


@dataclass(frozen=True, slots=True)
class Distinct(Constraint):
    """The value is a list that has no item twice."""

    def __str__(self) -> str:
        return "a list without repetitions"

    def allows(self, value: Any) -> bool:
        return all(item not in value[:place] for place, item in enumerate(value))

    def complaint(self, value: Any) -> str | None:
        return None if not isinstance(value, list | tuple) or self.allows(value) else f"give {self}"


@dataclass(frozen=True, slots=True)
class Odd(Constraint):
    """The value is an odd integer, such as the width of a convolution that has a middle."""

    def __str__(self) -> str:
        return "an odd one"

    def allows(self, value: Any) -> bool:
        return bool(value % 2)
