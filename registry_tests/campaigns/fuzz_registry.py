"""Random annotations and values: the plan says yes exactly when ``construct`` works, and when an oracle says yes."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Dict, List, NamedTuple, Optional

import pytest

from registry_tests.campaigns.containers import SCALARS, Either, Items, Later, Table, random_kind
from registry_tests.campaigns.kinds import MISSING, Described, Kind, Refused, Scalar, describe, is_json, need, plain
from spanreg.registry import ConfigurationError, FromParams, Params, Registrable, plan_params

PAIRS, SEEDS = 100_000, 4


class Layer(Registrable):
    """A family with every way to write a component."""

    default_implementation = "linear"


@Layer.register("linear")
class Linear(Layer):
    def __init__(self, size: int, bias: bool = True) -> None:
        self.made = ("linear", {"size": size, "bias": bias})


@Layer.register("stack")
class Stack(Layer):
    def __init__(self, parts: List[Layer], names: Optional[Dict[str, int]] = None) -> None:
        self.made = ("stack", {"parts": parts, "names": names})


@Layer.register("wide")
class Wide(Linear):
    def __init__(self, width: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.made = ("wide", {"width": width, **self.made[1]})


@Layer.register("twice", constructor="twice")
class Twice(Layer):
    def __init__(self, inner: Layer) -> None:
        self.made = ("twice", {"inner": inner})

    @classmethod
    def twice(cls, inner: Layer) -> Twice:
        return cls(inner)


@Layer.register("open")
def open_layer(first: int = 0, **options: int) -> Linear:
    built = Linear(first)
    built.made = ("open", {"first": first, **options})
    return built


@dataclass
class Point(FromParams):
    x: int
    y: float = 0.5

    @property
    def made(self) -> tuple[str, dict[str, Any]]:
        return ("Point", {"x": self.x, "y": self.y})


class Pair(NamedTuple):
    left: int
    right: str = "r"


INTEGER, NUMBER, FLAG, TEXT, NULL = SCALARS[0], SCALARS[1], SCALARS[2], SCALARS[3], Scalar(None, [None])
Arguments = dict[str, tuple[Kind, Any]]
REQUIRED = object()


@dataclass
class Component(Kind):
    """A class or a family: what each of its names takes, with defaults."""

    annotation: Any
    default: str | None
    arguments: Callable[[], Mapping[str, tuple[Arguments, Kind | None]]]
    "By name of the component: its arguments, and the type of further keys if there may be any."

    def fitting(self, random: Random) -> Any:
        known = self.arguments()
        name = random.choice(list(known))
        taken, rest = known[name]
        chosen = {
            key: kind.fitting(random) if not isinstance(kind, Component) else {"size": 3}
            for key, (kind, default) in taken.items()
            if default is REQUIRED or random.random() < 0.4
        }
        if rest is not None and random.random() < 0.5:
            chosen["further"] = rest.fitting(random)
        if self.default is None:
            return chosen
        return chosen if name == self.default and random.random() < 0.5 else {"type": name, **chosen}

    def build(self, value: Any) -> Described:
        if isinstance(value, str) and self.default is not None:
            value = {"type": value}
        need(isinstance(value, Mapping))
        given = dict(value.params if isinstance(value, Params) else value)
        need(all(isinstance(key, str) for key in given))
        known = self.arguments()
        name = next(iter(known)) if self.default is None else given.pop("type", self.default)
        need(isinstance(name, str) and name in known)
        taken, rest = known[name]
        built = {}
        for key, (kind, default) in taken.items():
            need(key in given or default is not REQUIRED or Later.is_deferring)
            absent = MISSING if default is REQUIRED else describe(default)
            built[key] = self._argument(kind, default, given.pop(key)) if key in given else absent
        need(rest is not None or not given)
        built |= {key: rest.build(item) for key, item in given.items() if rest is not None}
        return (name, built)

    def _argument(self, kind: Kind, default: Any, value: Any) -> Described:
        """Build one argument; null passes where there is a default, as in AllenNLP."""
        return describe(None) if value is None and default is not REQUIRED else kind.build(value)


def _layers() -> dict[str, tuple[Arguments, Kind | None]]:
    linear: Arguments = {"size": (INTEGER, REQUIRED), "bias": (FLAG, True)}
    names = Either((Table(TEXT, INTEGER, lambda key, inner: Dict[key, inner]), NULL))
    parts = Items(LAYER, lambda inner: List[inner], "list")
    return {
        "linear": (linear, None),
        "stack": ({"parts": (parts, REQUIRED), "names": (names, None)}, None),
        "wide": ({"width": (NUMBER, REQUIRED), **linear}, None),
        "twice": ({"inner": (LAYER, REQUIRED)}, None),
        "open": ({"first": (INTEGER, 0)}, INTEGER),
    }


LAYER = Component(Layer, "linear", _layers)
POINT = Component(Point, None, lambda: {"Point": ({"x": (INTEGER, REQUIRED), "y": (NUMBER, 0.5)}, None)})


class PairKind(Kind):
    annotation = Pair

    def fitting(self, random: Random) -> Any:
        return random.choice([{"left": 1}, [1], [2, "s"], {"left": 3, "right": "t"}])

    def build(self, value: Any) -> Described:
        if isinstance(value, list | tuple):
            need(len(value) <= 2)
            value = dict(zip(("left", "right"), value, strict=False))
        need(isinstance(value, Mapping) and set(value) <= {"left", "right"})
        need("left" in value or Later.is_deferring)
        left = INTEGER.build(value["left"]) if "left" in value else MISSING
        return ("Pair", [left, TEXT.build(value["right"]) if "right" in value else describe("r")])


COMPONENTS: tuple[Kind, ...] = (LAYER, POINT, PairKind())
JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 3, 10**400, 2.5, float("nan"), float("inf"), "", "3", "None", "linear", "open", "--5"),
    *("\ud800", b"bytes", [], [1], [[]], (), (1, "a"), {}, {"a": 1}, {1: 2}, {"1": 1, "01": 2}, {"9" * 5000: 1}),
    *({"type": "linear"}, {"type": "stack", "parts": ["open"]}, {"type": 3}, {"size": 1, "self": 2}, {None: 1}),
    *({"type": "open", "self": 1}, {"type": "open", "cls": 1, "params": 2, "a b": 3}, {"_target_": "os.system"}),
    *(Path("p"), Params({"size": 2}), {1, 2}, frozenset([1]), object(), 1j, range(3)),
)


def mutated(value: Any, random: Random) -> Any:
    """Return the value with one random part replaced, removed or added."""
    if isinstance(value, dict) and value and random.random() < 0.7:
        key = random.choice(list(value))
        return {**value, key: mutated(value[key], random)}
    if isinstance(value, dict) and random.random() < 0.5:
        return {**value, random.choice(["self", "size", "type", "b", 7, None]): random.choice(JUNK)}
    if isinstance(value, list) and value and random.random() < 0.7:
        place = random.randrange(len(value))
        return [*value[:place], mutated(value[place], random), *value[place + 1 :]]
    if isinstance(value, list) and random.random() < 0.5:
        return [*value, random.choice([*JUNK, *value])]
    return random.choice(JUNK)


def host_of(kind: Kind, random: Random) -> type[FromParams]:
    """Return a class with one argument of the type, in one of the ways to write it."""

    class Plain(FromParams):
        def __init__(self, value: Any) -> None:
            self.made = ("Host", {"value": value})

    class Keyword(FromParams):
        def __init__(self, *, value: Any) -> None:
            self.made = ("Host", {"value": value})

    class Positional(FromParams):
        def __init__(self, value: Any, /) -> None:
            self.made = ("Host", {"value": value})

    class HandingUp(Plain):
        def __init__(self, other: int = 1, **kwargs: Any) -> None:
            super().__init__(**kwargs)

    host: type[FromParams] = random.choice([Plain, Keyword, Positional, HandingUp])
    holder: Any = Plain if host is HandingUp else host
    holder.__init__.__annotations__["value"] = kind.annotation
    return host


def faults_of(kind: Kind, value: Any, random: Random) -> Iterator[str]:
    """Name every law that the pair breaks."""
    host = host_of(kind, random)
    config = {"value": value}
    before = describe(config)
    try:
        expected: Described | None = kind.build(plain(value))
    except Refused:
        expected = None
    plan = plan_params(host, config)
    if (not plan.problems) != (expected is not None):
        yield f"the plan says {[str(problem) for problem in plan.problems] or 'yes'}, the oracle {expected}"
        return
    try:
        built = host.from_params(Params(config))
    except ConfigurationError:
        if expected is not None:
            yield "the plan says yes, and construct refuses"
        return
    if describe(built)[1]["value"] != expected:
        yield f"built {describe(built)[1]['value']}, the oracle {expected}"
    if describe(config) != before:
        yield "the config was changed"
    if is_json(value) and describe(host.from_params(built.to_params())) != describe(built):
        yield f"to_params gives {built.to_params()}, which builds something else"
    if describe(plan.construct()) != describe(built):
        yield "the plan constructs another object the second time"


def campaign(seed: int, pairs: int) -> tuple[list[str], int]:
    """Try random pairs.

    Returns:
        What is wrong, and how many values were accepted.
    """
    random = Random(seed)
    found, accepted = [], 0
    for number in range(pairs):
        kind = random_kind(random, COMPONENTS)
        value = kind.fitting(random)
        for _ in range(random.choice([0, 0, 1, 1, 2])):
            value = mutated(value, random)
        try:
            kept = copy.deepcopy(value)
            faults = list(faults_of(kind, value, random))
            accepted += not faults and not plan_params(host_of(kind, random), {"value": kept}).problems
        except Exception as error:
            faults = [f"{type(error).__name__}: {error}"]
        found += [f"pair {number}, {kind.annotation} from {value!r:.200}: {fault:.400}" for fault in faults]
    return found, accepted


@pytest.mark.parametrize("seed", range(SEEDS))
def test_pairs(seed: int, caplog: pytest.LogCaptureFixture, record_property: Callable[[str, object], None]) -> None:
    caplog.set_level(logging.ERROR, "spanreg")  # null for an argument with a default is accepted with a warning
    found, accepted = campaign(seed, PAIRS // SEEDS)
    record_property("figures", f"{PAIRS // SEEDS} pairs, {accepted} of them accepted, {len(found)} faults")
    assert not found, "\n".join(found[:20])
