"""Overrides of ``type``: the new component keeps the keys that it takes; the others are dropped and reported."""

from __future__ import annotations

from typing import Any, Optional, Union

import pytest

from spanreg.registry import ConfigurationError, FromParams, Lazy, Registrable, apply_settings, fit_swaps, plan_params


class Engine(Registrable):
    default_implementation = "steam"


@Engine.register("steam")
class SteamEngine(Engine):
    def __init__(self, power: int = 1, coal: float = 2.0, valve: Engine | None = None) -> None: ...


@Engine.register("diesel")
class DieselEngine(Engine):
    def __init__(self, power: int = 1, tank: int = 3) -> None: ...


@Engine.register("anything")
class OpenEngine(Engine):
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


def override_and_fit(before: dict[str, Any], *settings: str) -> tuple[dict[str, Any], list[str]]:
    """Return the config of a train with settings applied, and the reports of dropped keys."""
    fitted, dropped = fit_swaps(before, apply_settings(before, settings), Train)
    return fitted, [str(key) for key in dropped]


STEAM_CONFIG = {"type": "steam", "power": 5, "coal": 1.5}


def test_keys_that_the_new_class_does_not_take_are_dropped_and_reported() -> None:
    fitted, dropped = override_and_fit({"engine": STEAM_CONFIG}, "engine.type=diesel")
    assert fitted == {"engine": {"type": "diesel", "power": 5}}
    assert dropped == ["engine.coal: dropped, DieselEngine does not take it"]
    assert plan_params(Train, fitted).problems == ()


def test_keys_that_the_override_sets_are_kept_and_checked() -> None:
    fitted, dropped = override_and_fit({"engine": STEAM_CONFIG}, "engine.type=diesel", "engine.coal=9", "engine.tnk=1")
    assert fitted["engine"] == {"type": "diesel", "power": 5, "coal": 9, "tnk": 1}
    assert dropped == []
    assert [problem.path for problem in plan_params(Train, fitted).problems] == ["engine.coal", "engine.tnk"]


def test_without_a_new_type_nothing_is_dropped() -> None:
    before = {"engine": {"type": "steam", "wrong": 1}, "extra": 3}
    assert override_and_fit(before, "engine.power=3") == (
        {"engine": {"type": "steam", "wrong": 1, "power": 3}, "extra": 3},
        [],
    )


@pytest.mark.parametrize(
    ("before", "setting", "path"),
    [
        ({"wagons": [{"type": "diesel"}, STEAM_CONFIG]}, "wagons.1.type=diesel", "wagons.1.coal"),
        ({"named": {"a": STEAM_CONFIG}}, "named.a.type=diesel", "named.a.coal"),
        ({"wheels": {"engine": STEAM_CONFIG}}, "wheels.engine.type=diesel", "wheels.engine.coal"),
        ({"either": STEAM_CONFIG}, "either.type=diesel", "either.coal"),
        ({"engine": {"type": "steam", "valve": STEAM_CONFIG}}, "engine.valve.type=diesel", "engine.valve.coal"),
        ({"engine": {"power": 5, "coal": 1.5}}, "engine.type=diesel", "engine.coal"),
    ],
)
def test_keys_are_dropped_at_every_depth(before: dict[str, Any], setting: str, path: str) -> None:
    _, dropped = override_and_fit({"engine": "steam", **before}, setting)
    assert dropped == [f"{path}: dropped, DieselEngine does not take it"]


def test_a_class_that_takes_any_key_keeps_all_keys() -> None:
    assert override_and_fit({"engine": STEAM_CONFIG}, "engine.type=anything")[1] == []


def test_objects_that_are_not_components_are_unchanged() -> None:
    before = {"engine": "steam", "plain": {"type": "a", "x": 1}, "either": 3}
    assert override_and_fit(before, "plain.type=b", "either=4")[0] == {
        "engine": "steam",
        "plain": {"type": "b", "x": 1},
        "either": 4,
    }


def test_keys_of_an_unknown_type_are_kept() -> None:
    fitted, dropped = override_and_fit({"engine": STEAM_CONFIG}, "engine.type=desel")
    assert dropped == []
    assert fitted["engine"]["coal"] == 1.5
    with pytest.raises(ConfigurationError, match="did you mean 'diesel'"):
        plan_params(Train, fitted).construct()


def test_a_replaced_object_inherits_no_keys() -> None:
    after = {"engine": {"type": "diesel", "coal": 1}}
    fitted, dropped = fit_swaps({"engine": STEAM_CONFIG}, after, Train)
    assert (fitted, dropped) == (after, [])
