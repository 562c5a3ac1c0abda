"""Configs that are nested deeply are built, or refused with one message; never a bare RecursionError."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from spanreg.registry import ConfigurationError, FromParams, Lazy, Params, apply_settings, plan_params, with_overrides
from spanreg.registry.nesting import MOST_LEVELS, check_nesting

MESSAGE = f"is nested too deeply. give at most {MOST_LEVELS} levels"


class Layer(FromParams):
    def __init__(self, inner: Optional["Layer"] = None, options: Any = None) -> None:
        self.inner, self.options = inner, options


class LazyLayer(FromParams):
    def __init__(self, inner: Optional[Lazy["LazyLayer"]] = None) -> None:
        self.inner = inner


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"inner": value}
    return value


def test_a_hundred_levels_are_built() -> None:
    built, depth = Layer.from_params(nested(100)), 0
    again: Any = Layer.from_params(built.to_params())
    while again is not None:
        again, depth = again.inner, depth + 1
    assert depth == 101
    assert Params(nested(100)).duplicate().as_flat_dict() == {}
    assert plan_params(LazyLayer, nested(100)).problems == ()


@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 900, 20_000])
@pytest.mark.parametrize("cls", [Layer, LazyLayer])
def test_more_are_refused(levels: int, cls: type[FromParams]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cls.from_params(nested(levels))
    assert str(caught.value) == f"inner: {MESSAGE}"
    with pytest.raises(ConfigurationError, match="nested too deeply"):
        Layer.from_params({"options": [[nested(levels)]]})


@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 900, 20_000])
@pytest.mark.parametrize("key", ["options", "unknown", "type"])
def test_lists_count_as_levels(levels: int, key: str) -> None:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    with pytest.raises(ConfigurationError, match=f"^{key}: {MESSAGE}$"):
        Layer.from_params({key: value})
    with pytest.raises(ConfigurationError, match=f"^inner: {MESSAGE}$"):
        Layer.from_params({"inner": Params({key: value})})


def test_the_stack_may_be_nearly_used_up() -> None:
    def called_from(depth: int) -> Any:
        return called_from(depth - 1) if depth else Layer.from_params(nested(95))

    with pytest.raises(ConfigurationError, match="nested too deeply"):
        called_from(700)


def test_overrides() -> None:
    for call in (
        lambda: with_overrides(nested(900), {"a": 1}),
        lambda: with_overrides({}, {"a": nested(900)}),
        lambda: apply_settings(nested(900), ["a=1"]),
        lambda: apply_settings({}, ["a=" + "[" * 300 + "]" * 300]),
        lambda: apply_settings({}, ["a=" + "[" * 20_000 + "]" * 20_000]),
    ):
        with pytest.raises(ConfigurationError, match="nested too deeply"):
            call()
    with pytest.raises(ConfigurationError, match="--set: a key of 20000 parts. give at most 100"):
        apply_settings({}, [".".join("a" * 20_000) + "=1"])
    with pytest.raises(ConfigurationError, match="^a: is nested too deeply. give at most 100 levels$"):
        apply_settings({}, ["a=" + "[" * 300 + "]" * 300])


def test_the_path() -> None:
    check_nesting([[[]]], "data")
    with pytest.raises(ConfigurationError, match="^data: is nested too deeply"):
        check_nesting([nested(200)], "data")
