"""Annotations of arguments: where a value comes from, and which values are allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, TypeVar

T = TypeVar("T")


class Mark(Enum):
    """Source of an argument's value.

    ``def __init__(self, dim: Runtime[int], hidden: int = 128)``
    """

    CONFIG = "config"
    "The config. This is the default of an argument without a mark."
    RUNTIME = "runtime"
    "Run time alone, as for a hidden size or the number of labels; a config must not give it."
    INHERITED = "inherited"
    "The config, or else an outer component that passes an argument of the same name."


Runtime = Annotated[T, Mark.RUNTIME]
Inherited = Annotated[T, Mark.INHERITED]


@dataclass(frozen=True, slots=True)
class OnDisk:
    """Annotation of strings that name files, folders or patterns of files.

    ``corpus: Annotated[list[str], OnDisk()]``

    ``spanreg check`` reports names that do not exist, and the id of a run depends on the content of the files. A
    ``Path`` needs no such annotation.
    """

    or_remote: bool = False
    "Accept a plain name (``word`` or ``word/word``), which may be one on the hub."
    hint: str = ""
    "How to get such a file, for the message about a missing one."


@dataclass(frozen=True, slots=True)
class Untracked:
    """Annotation of a path whose content as a whole does not affect the result.

    ``folder: Annotated[Path, Untracked(written=True)]``

    Use it for paths that a component writes to, and for folders of which the component itself reports what it reads.
    """

    written: bool = False
    "The component writes there, so the path may be missing."
    hint: str = ""
    "How to get such a file, for the message about a missing one."


@dataclass(frozen=True, slots=True)
class Attached(OnDisk):
    """Annotation of a path to a file that is copied into every folder that the component is saved in.

    ``phrases: Annotated[Path, Attached()]``
    """


@dataclass(frozen=True, slots=True)
class AllowImports:
    """Annotation of a class or function: packages that its dotted name may be imported from.

    ``callback: Annotated[type[Callback], AllowImports(("transformers",))]``

    Any other class or function that a config names must already be imported, or be in a package that the user trusts.
    """

    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """Annotation of an argument: the values that a search tries unless its config names others.

    ``learning_rate: Annotated[float, Search(1e-5, 1e-4, log=True)] = 5e-5``, or
    ``kernel_size: Annotated[int, Search(choices=(1, 3, 5))] = 3``

    It restricts nothing: a config may give any value that the type and the constraints allow.
    """

    low: float | None = None
    "Lowest value of a range; both ends are included."
    high: float | None = None
    "Highest value of a range."
    log: bool = False
    "Sample on a logarithmic scale."
    step: float | None = None
    "Distance between neighbouring values of a range, from ``low`` on."
    choices: tuple[Any, ...] = ()
    "Values to choose from, in place of a range."

    def __post_init__(self) -> None:
        is_range = self.low is not None and self.high is not None and self.low < self.high
        if is_range == bool(self.choices):
            raise TypeError("Search needs either low below high, or choices")

    def __str__(self) -> str:
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        scale = " (logarithmic)" if self.log else f" in steps of {self.step:g}" if self.step else ""
        return f"{self.low:g} to {self.high:g}{scale}"


class Constraint:
    """Base of annotations that restrict values; a subclass implements ``allows`` and ``__str__``.

    ``epochs: Annotated[int, AtLeast(1)]``
    """

    # Empty, so that the subclasses, which have slots, have no ``__dict__``.
    __slots__ = ()

    restricts: ClassVar[tuple[type, ...]] = (int, float)
    "Types of the values that it restricts; other members of a union are not affected."

    def allows(self, value: Any) -> bool:
        raise NotImplementedError

    def complaint(self, value: Any) -> str | None:
        """Return a hint for a value that is not allowed, or None for anything else."""
        return None if not isinstance(value, self.restricts) or self.allows(value) else f"give {self}"


@dataclass(frozen=True, slots=True)
class AtLeast(Constraint):
    """Restrict numbers to at least ``minimum``: ``Annotated[int, AtLeast(1)]``."""

    minimum: float

    def __str__(self) -> str:
        return f"at least {self.minimum}"

    def allows(self, value: Any) -> bool:
        return bool(value >= self.minimum)


@dataclass(frozen=True, slots=True)
class Above(Constraint):
    """Restrict numbers to more than ``minimum``: ``Annotated[float, Above(0)]``."""

    minimum: float

    def __str__(self) -> str:
        return f"more than {self.minimum}"

    def allows(self, value: Any) -> bool:
        return bool(value > self.minimum)


@dataclass(frozen=True, slots=True)
class Between(Constraint):
    """Restrict numbers to a closed interval: ``Annotated[float, Between(0, 1)]``."""

    minimum: float
    maximum: float

    def __str__(self) -> str:
        return f"a value between {self.minimum} and {self.maximum}"

    def allows(self, value: Any) -> bool:
        return bool(self.minimum <= value <= self.maximum)


@dataclass(frozen=True, slots=True)
class Items(Constraint):
    """Restrict lists to at least ``minimum`` items: ``Annotated[list[int], Items(1)]``."""

    restricts = (list, tuple)

    minimum: int

    def __str__(self) -> str:
        return f"a list of at least {self.minimum}"

    def allows(self, value: Any) -> bool:
        return len(value) >= self.minimum


@dataclass(frozen=True, slots=True)
class Distinct(Constraint):
    """Restrict lists to distinct items: ``Annotated[list[int], Distinct()]``."""

    restricts = (list, tuple)

    def __str__(self) -> str:
        return "a list without repetitions"

    def allows(self, value: Any) -> bool:
        # Not by a set, because items may be objects, which cannot be hashed.
        return all(item not in value[:place] for place, item in enumerate(value))


@dataclass(frozen=True, slots=True)
class Weights(Constraint):
    """Restrict lists of numbers to weights that can be drawn from: ``Annotated[list[float], Weights()]``."""

    restricts = (list, tuple)

    def __str__(self) -> str:
        return "finite weights, none negative and one above 0"

    def allows(self, value: Any) -> bool:
        return all(0 <= weight < math.inf for weight in value) and any(weight > 0 for weight in value)


@dataclass(frozen=True, slots=True)
class Even(Constraint):
    """Restrict integers to even ones, such as the width of two attention heads: ``Annotated[int, Even()]``."""

    def __str__(self) -> str:
        return "an even number"

    def allows(self, value: Any) -> bool:
        return bool(value % 2 == 0)


@dataclass(frozen=True, slots=True)
class Odd(Constraint):
    """Restrict integers to odd ones, such as kernel sizes with a centre: ``Annotated[int, Odd()]``."""

    def __str__(self) -> str:
        return "an odd number"

    def allows(self, value: Any) -> bool:
        return bool(value % 2)
