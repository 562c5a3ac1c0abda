"""Types made of other types, with the same oracle, and the drawing of a random type."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Dict, FrozenSet, List, Set, Tuple, Union

from registry_tests.campaigns.kinds import (
    MISSING,
    AnyParams,
    AnyPath,
    Anything,
    Choice,
    Described,
    Kind,
    Limited,
    Member,
    Refused,
    Renamed,
    Scalar,
    is_hashable,
    is_missing,
    need,
)
from spanreg.registry import Lazy, Params


@dataclass
class Items(Kind):
    """A list, a set or a tuple of any length."""

    inner: Kind
    spelling: Callable[[Any], Any]
    name: str

    def __post_init__(self) -> None:
        self.annotation = self.spelling(self.inner.annotation)

    def fitting(self, random: Random) -> Any:
        return [self.inner.fitting(random) for _ in range(random.randint(0, 3))]

    def build(self, value: Any) -> Described:
        need(isinstance(value, list | tuple) or (self.name != "tuple" and isinstance(value, set | frozenset)))
        built = [self.inner.build(item) for item in value]
        if self.name in ("set", "frozenset"):
            need(all(map(is_hashable, built)))
            return (self.name, sorted(_first_of_equals(built), key=repr))
        return (self.name, built)


def _first_of_equals(items: list[Described]) -> list[Described]:
    """Leave out what Python holds for the same member of a set, such as ``1``, ``1.0`` and ``True``."""
    kept: dict[Any, Described] = {}
    for item in items:
        kept.setdefault(_identity(item), item)
    return list(kept.values())


def _identity(described: Any) -> Any:
    if described == MISSING:
        return object()
    kind, content = described
    numbers = {"int": int, "float": float, "bool": lambda text: int(text == "True")}
    if kind in numbers:
        return numbers[kind](content)
    if kind in ("tuple", "Pair", "frozenset"):
        return (frozenset if kind == "frozenset" else tuple)(map(_identity, content))
    # Objects are equal to themselves alone.
    return (kind, content) if isinstance(content, str) else object()


@dataclass
class Fixed(Kind):
    """A tuple of one type for each place."""

    inner: tuple[Kind, ...]

    def __post_init__(self) -> None:
        self.annotation = Tuple[tuple(kind.annotation for kind in self.inner)]

    def fitting(self, random: Random) -> Any:
        return [kind.fitting(random) for kind in self.inner]

    def build(self, value: Any) -> Described:
        need(isinstance(value, list | tuple) and len(value) == len(self.inner))
        return ("tuple", [kind.build(item) for kind, item in zip(self.inner, value, strict=True)])


@dataclass
class Table(Kind):
    """A dict. Integer keys may be spelled in digits; no two keys may mean the same."""

    key: Kind
    inner: Kind
    spelling: Callable[[Any, Any], Any]
    name: str = "dict"

    def __post_init__(self) -> None:
        self.annotation = self.spelling(self.key.annotation, self.inner.annotation)

    def fitting(self, random: Random) -> Any:
        keys = [self.key.fitting(random) for _ in range(random.randint(0, 3))]
        spelled = [str(key) if type(key) is int and random.random() < 0.7 else key for key in keys]
        return {key: self.inner.fitting(random) for key in spelled if not isinstance(key, list | dict)}

    def build(self, value: Any) -> Described:
        need(isinstance(value, Mapping))
        items = value.params if isinstance(value, Params) else value
        built = {}
        for key, item in items.items():
            made = self._key(key)
            need(is_hashable(made))
            need(repr(made) not in built)
            built[repr(made)] = self.inner.build(item)
        return (self.name, built)

    def _key(self, key: Any) -> Described:
        try:
            return self.key.build(key)
        except Refused:
            digits = key.removeprefix("-") if isinstance(key, str) else ""
            need(digits.isascii() and digits.isdigit() and len(digits) < 4300)
            return self.key.build(int(key))


@dataclass
class Either(Kind):
    """The first member that fits, a number after all others."""

    inner: tuple[Kind, ...]

    def __post_init__(self) -> None:
        self.annotation = Union[tuple(kind.annotation for kind in self.inner)]

    @property
    def members(self) -> list[Kind]:
        """All members; Python unites unions of unions."""
        return [member for kind in self.inner for member in (kind.members if isinstance(kind, Either) else [kind])]

    def fitting(self, random: Random) -> Any:
        return random.choice(self.inner).fitting(random)

    def build(self, value: Any) -> Described:
        for kind in sorted(self.members, key=lambda kind: kind.annotation is float):
            try:
                return kind.build(value)
            except Refused:
                continue
        raise Refused


@dataclass
class Later(Kind):
    """A ``Lazy`` of anything; required arguments may be missing in it."""

    inner: Kind
    is_deferring: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self.annotation = Lazy[self.inner.annotation]

    def fitting(self, random: Random) -> Any:
        return self.inner.fitting(random)

    def build(self, value: Any) -> Described:
        outer = Later.is_deferring
        Later.is_deferring = True
        try:
            built = self.inner.build(value)
        finally:
            Later.is_deferring = outer
        return ("Lazy", MISSING if is_missing(built) else built)


SCALARS: tuple[Kind, ...] = (
    Scalar(int, [0, 1, -7, 10**30]),
    Scalar(float, [0.5, 2, -1.25, 1e300]),
    Scalar(bool, [True, False]),
    Scalar(str, ["", "a", "None", "3", "ä\ud800", Path("p")]),
    Scalar(None, [None]),
    Anything(),
    AnyPath(),
    AnyParams(),
    Choice(("a", 1, None)),
    Choice((True, "b")),
    Member(),
    Limited(Scalar(int, [1]), 1),
    Limited(Either((Scalar(float, [1.0]), Scalar(None, [None]))), 0),
    Renamed(),
)
KEYS: tuple[Kind, ...] = (SCALARS[0], SCALARS[3], Anything(), AnyPath(), Member(), SCALARS[11], Renamed())
LISTS: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (lambda inner: List[inner], "list"),
    (lambda inner: list[inner], "list"),
    (lambda inner: Sequence[inner], "list"),
    (lambda inner: Iterable[inner], "list"),
    (lambda inner: Set[inner], "set"),
    (lambda inner: FrozenSet[inner], "frozenset"),
    (lambda inner: tuple[inner, ...], "tuple"),
)
DICTS: tuple[tuple[Callable[[Any, Any], Any], str], ...] = (
    (lambda key, inner: Dict[key, inner], "dict"),
    (lambda key, inner: Mapping[key, inner], "dict"),
    (lambda key, inner: OrderedDict[key, inner], "OrderedDict"),
)


def random_kind(random: Random, components: Sequence[Kind], depth: int = 3) -> Kind:
    """Draw a type, nested at most ``depth`` times."""
    if depth == 0 or random.random() < 0.3:
        return random.choice([*SCALARS, *components])

    def inner() -> Kind:
        return random_kind(random, components, depth - 1)

    chosen = random.randrange(6)
    if chosen == 0:
        return Items(inner(), *random.choice(LISTS))
    if chosen == 1:
        return Fixed(tuple(inner() for _ in range(random.randint(1, 3))))
    if chosen == 2:
        spelling, name = random.choice(DICTS)
        return Table(random.choice(KEYS), inner(), spelling, name)
    if chosen == 3:
        return Either(tuple(inner() for _ in range(random.randint(1, 3))))
    if chosen == 4:
        return Either((inner(), Scalar(None, [None])))
    return Later(inner())
