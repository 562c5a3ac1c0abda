"""A new ``type`` keeps the keys that its class takes; the others are dropped and reported."""

from __future__ import annotations

from typing import Any, Optional, Union

import pytest

from spanreg.registry import ConfigurationError, FromParams, Lazy, Registrable, apply_settings, fit_swaps, plan_params


class Engine(Registrable):
    default_implementation = "steam"


@Engine.register("steam")
class Steam(Engine):
    def __init__(self, power: int = 1, coal: float = 2.0, valve: Engine | None = None) -> None: ...


@Engine.register("diesel")
class Diesel(Engine):
    def __init__(self, power: int = 1, tank: int = 3) -> None: ...


@Engine.register("anything")
class Anything(Engine):
    def __init__(self, **kwargs: Any) -> None: ...


class Wheels(FromParams):
    def __init__(self, count: int = 4, engine: Optional[Engine] = None) -> None: ...


class Train(FromParams):
    def __init__(
        self,
        engine: Lazy[Engine],
        wagons: Optional[list[Engine]] = None,
        named: dict[str, Engine] | None = None,
        wheels: Wheels | None = None,
        either: Union[int, Engine, None] = None,
        plain: Any = None,
    ) -> None: ...


def swap(before: dict[str, Any], *settings: str) -> tuple[dict[str, Any], list[str]]:
    fitted, dropped = fit_swaps(before, apply_settings(before, settings), Train)
    return fitted, [str(one) for one in dropped]


STEAM = {"type": "steam", "power": 5, "coal": 1.5}


def test_keeps_drops_and_names() -> None:
    fitted, dropped = swap({"engine": STEAM}, "engine.type=diesel")
    assert fitted == {"engine": {"type": "diesel", "power": 5}}
    assert dropped == ["engine.coal: dropped, Diesel does not take it"]
    assert plan_params(Train, fitted).problems == ()


def test_what_the_override_brings_is_kept_and_reported() -> None:
    fitted, dropped = swap({"engine": STEAM}, "engine.type=diesel", "engine.coal=9", "engine.tnk=1")
    assert fitted["engine"] == {"type": "diesel", "power": 5, "coal": 9, "tnk": 1}
    assert dropped == []
    assert [problem.path for problem in plan_params(Train, fitted).problems] == ["engine.coal", "engine.tnk"]


def test_without_a_swap_nothing_goes() -> None:
    before = {"engine": {"type": "steam", "wrong": 1}, "extra": 3}
    assert swap(before, "engine.power=3") == ({"engine": {"type": "steam", "wrong": 1, "power": 3}, "extra": 3}, [])


@pytest.mark.parametrize(
    ("before", "setting", "path"),
    [
        ({"wagons": [{"type": "diesel"}, STEAM]}, "wagons.1.type=diesel", "wagons.1.coal"),
        ({"named": {"a": STEAM}}, "named.a.type=diesel", "named.a.coal"),
        ({"wheels": {"engine": STEAM}}, "wheels.engine.type=diesel", "wheels.engine.coal"),
        ({"either": STEAM}, "either.type=diesel", "either.coal"),
        ({"engine": {"type": "steam", "valve": STEAM}}, "engine.valve.type=diesel", "engine.valve.coal"),
        ({"engine": {"power": 5, "coal": 1.5}}, "engine.type=diesel", "engine.coal"),
    ],
)
def test_at_every_depth(before: dict[str, Any], setting: str, path: str) -> None:
    _, dropped = swap({"engine": "steam", **before}, setting)
    assert dropped == [f"{path}: dropped, Diesel does not take it"]


def test_a_class_that_takes_everything_keeps_everything() -> None:
    assert swap({"engine": STEAM}, "engine.type=anything")[1] == []


def test_what_is_no_component_is_left_alone() -> None:
    before = {"engine": "steam", "plain": {"type": "a", "x": 1}, "either": 3}
    assert swap(before, "plain.type=b", "either=4")[0] == {
        "engine": "steam",
        "plain": {"type": "b", "x": 1},
        "either": 4,
    }


def test_an_unknown_type_is_left_to_the_check() -> None:
    fitted, dropped = swap({"engine": STEAM}, "engine.type=desel")
    assert dropped == []
    assert fitted["engine"]["coal"] == 1.5
    with pytest.raises(ConfigurationError, match="did you mean 'diesel'"):
        plan_params(Train, fitted).construct()


def test_a_new_object_is_taken_whole() -> None:
    after = {"engine": {"type": "diesel", "coal": 1}}
    fitted, dropped = fit_swaps({"engine": STEAM}, after, Train)
    assert (fitted, dropped) == (after, [])
