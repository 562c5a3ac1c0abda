"""Oracles of container types, and a generator of random nested types."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Dict, FrozenSet, List, Set, Tuple, Union

from registry_tests.campaigns.type_oracles import (
    MISSING,
    AnyOracle,
    BoundedOracle,
    Description,
    EnumOracle,
    LiteralOracle,
    NewTypeOracle,
    ParamsOracle,
    PathOracle,
    RejectedError,
    ScalarOracle,
    TypeOracle,
    is_hashable,
    is_missing,
    require,
)
from spanreg.registry import Lazy, Params


@dataclass
class CollectionOracle(TypeOracle):
    """Oracle of a list, a set or a tuple of any length."""

    inner: TypeOracle
    spelling: Callable[[Any], Any]
    name: str

    def __post_init__(self) -> None:
        self.annotation = self.spelling(self.inner.annotation)

    def draw(self, random: Random) -> Any:
        return [self.inner.draw(random) for _ in range(random.randint(0, 3))]

    def build(self, value: Any) -> Description:
        require(isinstance(value, list | tuple) or (self.name != "tuple" and isinstance(value, set | frozenset)))
        built = [self.inner.build(item) for item in value]
        if self.name in ("set", "frozenset"):
            require(all(map(is_hashable, built)))
            return (self.name, sorted(_first_of_equals(built), key=repr))
        return (self.name, built)


def _first_of_equals(items: list[Description]) -> list[Description]:
    """Return the members without those that Python regards as equal, such as ``1``, ``1.0`` and ``True``."""
    kept: dict[Any, Description] = {}
    for item in items:
        kept.setdefault(_identity(item), item)
    return list(kept.values())


def _identity(described: Any) -> Any:
    """Return a value that is equal for equal members of a set."""
    if described == MISSING:
        return object()
    type_name, content = described
    numbers = {"int": int, "float": float, "bool": lambda text: int(text == "True")}
    if type_name in numbers:
        return numbers[type_name](content)
    if type_name in ("tuple", "Pair", "frozenset"):
        return (frozenset if type_name == "frozenset" else tuple)(map(_identity, content))
    # Other objects are equal only to themselves.
    return (type_name, content) if isinstance(content, str) else object()


@dataclass
class TupleOracle(TypeOracle):
    """Oracle of a tuple with one type for each position."""

    inner: tuple[TypeOracle, ...]

    def __post_init__(self) -> None:
        self.annotation = Tuple[tuple(oracle.annotation for oracle in self.inner)]

    def draw(self, random: Random) -> Any:
        return [oracle.draw(random) for oracle in self.inner]

    def build(self, value: Any) -> Description:
        require(isinstance(value, list | tuple) and len(value) == len(self.inner))
        return ("tuple", [oracle.build(item) for oracle, item in zip(self.inner, value, strict=True)])


@dataclass
class MappingOracle(TypeOracle):
    """Oracle of a dict, whose integer keys may be strings of digits; no two keys may be equal."""

    key: TypeOracle
    inner: TypeOracle
    spelling: Callable[[Any, Any], Any]
    name: str = "dict"

    def __post_init__(self) -> None:
        self.annotation = self.spelling(self.key.annotation, self.inner.annotation)

    def draw(self, random: Random) -> Any:
        keys = [self.key.draw(random) for _ in range(random.randint(0, 3))]
        spelled = [str(key) if type(key) is int and random.random() < 0.7 else key for key in keys]
        return {key: self.inner.draw(random) for key in spelled if not isinstance(key, list | dict)}

    def build(self, value: Any) -> Description:
        require(isinstance(value, Mapping))
        items = value.params if isinstance(value, Params) else value
        built = {}
        for key, item in items.items():
            key_description = self._key(key)
            require(is_hashable(key_description))
            require(repr(key_description) not in built)
            built[repr(key_description)] = self.inner.build(item)
        return (self.name, built)

    def _key(self, key: Any) -> Description:
        try:
            return self.key.build(key)
        except RejectedError:
            digits = key.removeprefix("-") if isinstance(key, str) else ""
            require(digits.isascii() and digits.isdigit() and len(digits) < 4300)
            return self.key.build(int(key))


@dataclass
class UnionOracle(TypeOracle):
    """Oracle of a union: the first member that accepts the value, ``float`` last."""

    inner: tuple[TypeOracle, ...]

    def __post_init__(self) -> None:
        self.annotation = Union[tuple(oracle.annotation for oracle in self.inner)]

    @property
    def members(self) -> list[TypeOracle]:
        """Return all members, also those of nested unions, which Python flattens."""
        nested = (oracle.members if isinstance(oracle, UnionOracle) else [oracle] for oracle in self.inner)
        return list(chain.from_iterable(nested))

    def draw(self, random: Random) -> Any:
        return random.choice(self.inner).draw(random)

    def build(self, value: Any) -> Description:
        for oracle in sorted(self.members, key=lambda oracle: oracle.annotation is float):
            try:
                return oracle.build(value)
            except RejectedError:
                continue
        raise RejectedError


@dataclass
class LazyOracle(TypeOracle):
    """Oracle of ``Lazy``, in whose config required arguments may be missing."""

    inner: TypeOracle
    is_deferring: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self.annotation = Lazy[self.inner.annotation]

    def draw(self, random: Random) -> Any:
        return self.inner.draw(random)

    def build(self, value: Any) -> Description:
        outer = LazyOracle.is_deferring
        LazyOracle.is_deferring = True
        try:
            built = self.inner.build(value)
        finally:
            LazyOracle.is_deferring = outer
        return ("Lazy", MISSING if is_missing(built) else built)


SCALARS: tuple[TypeOracle, ...] = (
    ScalarOracle(int, [0, 1, -7, 10**30]),
    ScalarOracle(float, [0.5, 2, -1.25, 1e300]),
    ScalarOracle(bool, [True, False]),
    ScalarOracle(str, ["", "a", "None", "3", "ä\ud800", Path("p")]),
    ScalarOracle(None, [None]),
    AnyOracle(),
    PathOracle(),
    ParamsOracle(),
    LiteralOracle(("a", 1, None)),
    LiteralOracle((True, "b")),
    EnumOracle(),
    BoundedOracle(ScalarOracle(int, [1]), 1),
    BoundedOracle(UnionOracle((ScalarOracle(float, [1.0]), ScalarOracle(None, [None]))), 0),
    NewTypeOracle(),
)
KEYS: tuple[TypeOracle, ...] = (
    SCALARS[0],
    SCALARS[3],
    AnyOracle(),
    PathOracle(),
    EnumOracle(),
    SCALARS[11],  # a bounded integer
    NewTypeOracle(),
)
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


def random_oracle(random: Random, components: Sequence[TypeOracle], depth: int = 3) -> TypeOracle:
    """Draw the oracle of a type, nested at most ``depth`` times."""
    if depth == 0 or random.random() < 0.3:
        return random.choice([*SCALARS, *components])

    def inner() -> TypeOracle:
        return random_oracle(random, components, depth - 1)

    chosen = random.randrange(6)
    if chosen == 0:
        return CollectionOracle(inner(), *random.choice(LISTS))
    if chosen == 1:
        return TupleOracle(tuple(inner() for _ in range(random.randint(1, 3))))
    if chosen == 2:
        spelling, name = random.choice(DICTS)
        return MappingOracle(random.choice(KEYS), inner(), spelling, name)
    if chosen == 3:
        return UnionOracle(tuple(inner() for _ in range(random.randint(1, 3))))
    if chosen == 4:
        return UnionOracle((inner(), ScalarOracle(None, [None])))
    return LazyOracle(inner())
