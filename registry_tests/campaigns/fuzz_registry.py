"""Random annotations and values: plan, construction and oracle accept the same values and build the same objects."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Dict, List, NamedTuple, Optional

import pytest

from registry_tests.campaigns.container_oracles import (
    SCALARS,
    CollectionOracle,
    LazyOracle,
    MappingOracle,
    UnionOracle,
    random_oracle,
)
from registry_tests.campaigns.type_oracles import (
    MISSING,
    Description,
    RejectedError,
    ScalarOracle,
    TypeOracle,
    describe,
    is_json,
    plain,
    require,
)
from spanreg.registry import ConfigurationError, FromParams, Params, Registrable, plan_params

PAIRS, SEEDS = 100_000, 4


class LayerFamily(Registrable):
    """Family with all kinds of registered components."""

    default_implementation = "linear"


@LayerFamily.register("linear")
class LinearLayer(LayerFamily):
    """Layer with a required and an optional argument."""

    def __init__(self, size: int, bias: bool = True) -> None:
        self.construction = ("linear", {"size": size, "bias": bias})


@LayerFamily.register("stack")
class StackLayer(LayerFamily):
    """Layer of other layers."""

    def __init__(self, parts: List[LayerFamily], names: Optional[Dict[str, int]] = None) -> None:
        self.construction = ("stack", {"parts": parts, "names": names})


@LayerFamily.register("wide")
class WideLayer(LinearLayer):
    """Layer that passes ``**kwargs`` to its superclass."""

    def __init__(self, width: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.construction = ("wide", {"width": width, **self.construction[1]})


@LayerFamily.register("twice", constructor="twice")
class TwiceLayer(LayerFamily):
    """Layer that a class method constructs."""

    def __init__(self, inner: LayerFamily) -> None:
        self.construction = ("twice", {"inner": inner})

    @classmethod
    def twice(cls, inner: LayerFamily) -> TwiceLayer:
        return cls(inner)


@LayerFamily.register("open")
def open_layer(first: int = 0, **options: int) -> LinearLayer:
    """Return a layer; the function accepts any further key."""
    built = LinearLayer(first)
    built.construction = ("open", {"first": first, **options})
    return built


@dataclass
class Point(FromParams):
    """Dataclass that belongs to no family."""

    x: int
    y: float = 0.5

    @property
    def construction(self) -> tuple[str, dict[str, Any]]:
        return ("Point", {"x": self.x, "y": self.y})


class Pair(NamedTuple):
    """Named tuple with a default."""

    left: int
    right: str = "r"


INTEGER, NUMBER, FLAG, TEXT, NULL = SCALARS[0], SCALARS[1], SCALARS[2], SCALARS[3], ScalarOracle(None, [None])
Arguments = dict[str, tuple[TypeOracle, Any]]
REQUIRED = object()


@dataclass
class ComponentOracle(TypeOracle):
    """Oracle of a class or a family, from the arguments of each component with their defaults."""

    annotation: Any
    default: str | None
    arguments: Callable[[], Mapping[str, tuple[Arguments, TypeOracle | None]]]
    "Arguments of each component by its name, and the type of further keys, or None if it accepts none."

    def draw(self, random: Random) -> Any:
        components = self.arguments()
        name = random.choice(list(components))
        arguments, rest = components[name]
        chosen = {
            key: oracle.draw(random) if not isinstance(oracle, ComponentOracle) else {"size": 3}
            for key, (oracle, default) in arguments.items()
            if default is REQUIRED or random.random() < 0.4
        }
        if rest is not None and random.random() < 0.5:
            chosen["further"] = rest.draw(random)
        if self.default is None:
            return chosen
        return chosen if name == self.default and random.random() < 0.5 else {"type": name, **chosen}

    def build(self, value: Any) -> Description:
        if isinstance(value, str) and self.default is not None:
            value = {"type": value}
        require(isinstance(value, Mapping))
        remaining = dict(value.params if isinstance(value, Params) else value)
        require(all(isinstance(key, str) for key in remaining))
        components = self.arguments()
        name = next(iter(components)) if self.default is None else remaining.pop("type", self.default)
        require(isinstance(name, str) and name in components)
        arguments, rest = components[name]
        built = {}
        for key, (oracle, default) in arguments.items():
            require(key in remaining or default is not REQUIRED or LazyOracle.is_deferring)
            absent = MISSING if default is REQUIRED else describe(default)
            built[key] = self._argument(oracle, default, remaining.pop(key)) if key in remaining else absent
        require(rest is not None or not remaining)
        built |= {key: rest.build(item) for key, item in remaining.items() if rest is not None}
        return (name, built)

    def _argument(self, oracle: TypeOracle, default: Any, value: Any) -> Description:
        """Build one argument; an argument with a default also accepts null, as in AllenNLP."""
        return describe(None) if value is None and default is not REQUIRED else oracle.build(value)


def _layers() -> dict[str, tuple[Arguments, TypeOracle | None]]:
    """Return the components of ``LayerFamily`` with their arguments."""
    linear: Arguments = {"size": (INTEGER, REQUIRED), "bias": (FLAG, True)}
    names = UnionOracle((MappingOracle(TEXT, INTEGER, lambda key, inner: Dict[key, inner]), NULL))
    parts = CollectionOracle(LAYER, lambda inner: List[inner], "list")
    return {
        "linear": (linear, None),
        "stack": ({"parts": (parts, REQUIRED), "names": (names, None)}, None),
        "wide": ({"width": (NUMBER, REQUIRED), **linear}, None),
        "twice": ({"inner": (LAYER, REQUIRED)}, None),
        "open": ({"first": (INTEGER, 0)}, INTEGER),
    }


LAYER = ComponentOracle(LayerFamily, "linear", _layers)
POINT = ComponentOracle(Point, None, lambda: {"Point": ({"x": (INTEGER, REQUIRED), "y": (NUMBER, 0.5)}, None)})


class PairOracle(TypeOracle):
    """Oracle of a named tuple with a default."""

    annotation = Pair

    def draw(self, random: Random) -> Any:
        return random.choice([{"left": 1}, [1], [2, "s"], {"left": 3, "right": "t"}])

    def build(self, value: Any) -> Description:
        if isinstance(value, list | tuple):
            require(len(value) <= 2)
            value = dict(zip(("left", "right"), value, strict=False))
        require(isinstance(value, Mapping) and set(value) <= {"left", "right"})
        require("left" in value or LazyOracle.is_deferring)
        left = INTEGER.build(value["left"]) if "left" in value else MISSING
        return ("Pair", [left, TEXT.build(value["right"]) if "right" in value else describe("r")])


COMPONENTS: tuple[TypeOracle, ...] = (LAYER, POINT, PairOracle())
WRONG_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 3, 10**400, 2.5, float("nan"), float("inf"), "", "3", "None", "linear", "open", "--5"),
    *("\ud800", b"bytes", [], [1], [[]], (), (1, "a"), {}, {"a": 1}, {1: 2}, {"1": 1, "01": 2}, {"9" * 5000: 1}),
    *({"type": "linear"}, {"type": "stack", "parts": ["open"]}, {"type": 3}, {"size": 1, "self": 2}, {None: 1}),
    *({"type": "open", "self": 1}, {"type": "open", "cls": 1, "params": 2, "a b": 3}, {"_target_": "os.system"}),
    *(Path("p"), Params({"size": 2}), {1, 2}, frozenset([1]), object(), 1j, range(3)),
)


def mutate(value: Any, random: Random) -> Any:
    """Return a copy of the value with one random part replaced or added."""
    if isinstance(value, dict) and value and random.random() < 0.7:
        key = random.choice(list(value))
        return {**value, key: mutate(value[key], random)}
    if isinstance(value, dict) and random.random() < 0.5:
        return {**value, random.choice(["self", "size", "type", "b", 7, None]): random.choice(WRONG_VALUES)}
    if isinstance(value, list) and value and random.random() < 0.7:
        place = random.randrange(len(value))
        return [*value[:place], mutate(value[place], random), *value[place + 1 :]]
    if isinstance(value, list) and random.random() < 0.5:
        return [*value, random.choice([*WRONG_VALUES, *value])]
    return random.choice(WRONG_VALUES)


def draw_host(oracle: TypeOracle, random: Random) -> type[FromParams]:
    """Return a class with one argument of the type, in one of four forms of constructors."""

    class Plain(FromParams):
        def __init__(self, value: Any) -> None:
            self.construction = ("Host", {"value": value})

    class Keyword(FromParams):
        def __init__(self, *, value: Any) -> None:
            self.construction = ("Host", {"value": value})

    class Positional(FromParams):
        def __init__(self, value: Any, /) -> None:
            self.construction = ("Host", {"value": value})

    class HandingUp(Plain):
        def __init__(self, other: int = 1, **kwargs: Any) -> None:
            super().__init__(**kwargs)

    host: type[FromParams] = random.choice([Plain, Keyword, Positional, HandingUp])
    holder: Any = Plain if host is HandingUp else host
    holder.__init__.__annotations__["value"] = oracle.annotation
    return host


def faults_of(oracle: TypeOracle, value: Any, random: Random) -> Iterator[str]:
    """Yield the differences between plan, construction and oracle for a pair."""
    host = draw_host(oracle, random)
    config = {"value": value}
    before = describe(config)
    try:
        expected: Description | None = oracle.build(plain(value))
    except RejectedError:
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
    """Try random pairs of a type and a value.

    Returns:
        The faults, and the number of accepted values.
    """
    random = Random(seed)
    faults_found, accepted = [], 0
    for number in range(pairs):
        oracle = random_oracle(random, COMPONENTS)
        value = oracle.draw(random)
        for _ in range(random.choice([0, 0, 1, 1, 2])):
            value = mutate(value, random)
        try:
            original = copy.deepcopy(value)
            faults = list(faults_of(oracle, value, random))
            accepted += not faults and not plan_params(draw_host(oracle, random), {"value": original}).problems
        except Exception as error:
            faults = [f"{type(error).__name__}: {error}"]
        faults_found += [f"pair {number}, {oracle.annotation} from {value!r:.200}: {fault:.400}" for fault in faults]
    return faults_found, accepted


@pytest.mark.parametrize("seed", range(SEEDS))
def test_plan_construction_and_oracle_agree(
    seed: int, caplog: pytest.LogCaptureFixture, record_property: Callable[[str, object], None]
) -> None:
    caplog.set_level(logging.ERROR, "spanreg")  # null for an argument with a default is accepted with a warning
    faults_found, accepted = campaign(seed, PAIRS // SEEDS)
    record_property("figures", f"{PAIRS // SEEDS} pairs, {accepted} of them accepted, {len(faults_found)} faults")
    assert not faults_found, "\n".join(faults_found[:20])
