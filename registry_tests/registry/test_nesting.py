"""Deeply nested configs: constructed up to a limit, and refused beyond it by one message, never by a RecursionError."""

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
    """Return a config of ``Layer`` with a number of inner layers."""
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"inner": value}
    return value


def test_the_largest_number_of_levels_is_constructed() -> None:
    built, depth = Layer.from_params(nested(MOST_LEVELS)), 0
    layer: Any = Layer.from_params(built.to_params())
    while layer is not None:
        layer, depth = layer.inner, depth + 1
    assert depth == MOST_LEVELS + 1
    assert Params(nested(MOST_LEVELS)).duplicate().as_flat_dict() == {}
    assert plan_params(LazyLayer, nested(MOST_LEVELS)).problems == ()


@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 900, 20_000])
@pytest.mark.parametrize("cls", [Layer, LazyLayer])
def test_more_levels_are_refused(levels: int, cls: type[FromParams]) -> None:
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


def test_a_config_that_exceeds_the_stack_of_the_caller_is_refused() -> None:
    # 95 levels are allowed, but not on top of 700 of the 1,000 calls of Python's stack.
    def called_from(depth: int) -> Any:
        return called_from(depth - 1) if depth else Layer.from_params(nested(95))

    with pytest.raises(ConfigurationError, match="nested too deeply"):
        called_from(700)


@pytest.mark.parametrize(
    ("values", "overrides"), [(nested(900), {"a": 1}), ({}, {"a": nested(900)})], ids=["config", "override"]
)
def test_deeply_nested_overrides_are_refused(values: dict[str, Any], overrides: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="nested too deeply"):
        with_overrides(values, overrides)


def test_deeply_nested_settings_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="nested too deeply"):
        apply_settings(nested(900), ["a=1"])
    for levels in (300, 20_000):
        with pytest.raises(ConfigurationError, match="^a: is nested too deeply. give at most 100 levels$"):
            apply_settings({}, ["a=" + "[" * levels + "]" * levels])
    with pytest.raises(ConfigurationError, match="--set: a key of 20000 parts. give at most 100"):
        apply_settings({}, [".".join("a" * 20_000) + "=1"])


def test_check_nesting_reports_the_given_path() -> None:
    check_nesting([[[]]], "data")
    with pytest.raises(ConfigurationError, match="^data: is nested too deeply"):
        check_nesting([nested(200)], "data")
