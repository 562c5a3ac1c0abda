"""Overrides, settings and deletions, which change the values of a config."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError, apply_settings, with_overrides

CONFIG: dict[str, Any] = {"a": {"b": 1, "c": [10, {"d": 2}]}, "e": None, "x.y": 3, "s": "text"}


@pytest.mark.parametrize(
    ("overrides", "changed"),
    [
        ({"a.b": 5}, {"a": {"b": 5, "c": [10, {"d": 2}]}}),
        ({"a.c.0": 5}, {"a": {"b": 1, "c": [5, {"d": 2}]}}),
        ({"a.c.1.d": 5}, {"a": {"b": 1, "c": [10, {"d": 5}]}}),
        ({"a.new": 5}, {"a": {"b": 1, "c": [10, {"d": 2}], "new": 5}}),
        ({"a": {"z": 1}}, {"a": {"z": 1}}),
        ({"new": 5}, {"new": 5}),
        ({"x.y": 4}, {"x.y": 4}),
        ({"e": {"f": 1}}, {"e": {"f": 1}}),
    ],
)
def test_an_override_replaces_the_value_at_its_path(overrides: dict[str, Any], changed: dict[str, Any]) -> None:
    before = copy.deepcopy(CONFIG)
    assert with_overrides(CONFIG, overrides) == {**CONFIG, **changed}
    assert before == CONFIG


def test_an_override_may_change_a_list() -> None:
    assert with_overrides([1, {"a": 2}], {"0": 5, "1.a": 6}) == [5, {"a": 6}]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("a.x.d", "a.x.d: 'a.x' is not in the config. keys there: b, c"),
        (
            "aa.b",
            "aa.b: 'aa' is not in the config. did you mean 'a'? keys there: e, x.y, s",
        ),
        ("a.b.c", "a.b.c: 'a.b' is a plain value, which has no keys. set 'a.b' itself"),
        ("e.f", "e.f: 'e' is null, which has no keys. set 'e' itself"),
        ("c.0", "c.0: 'c' is not in the config. did you mean 'a.c'? keys there: a, e, x.y, s"),
        ("a.c.7", "a.c.7: the list has 2 items. keys there: 0, 1"),
        ("a.c.x.y", "a.c.x.y: 'a.c.x' is not in the config. keys there: 0, 1"),
    ],
)
def test_an_override_without_a_place_is_reported(key: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        with_overrides(CONFIG, {key: 1})
    assert str(caught.value) == message


def test_all_overrides_without_a_place_are_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        with_overrides(CONFIG, {"q.r": 1, "e": 2, "a.b.c": 3}, "--overrides ")
    assert [problem.path for problem in caught.value.problems] == ["--overrides q.r", "--overrides a.b.c"]


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        (["a.b=5"], {"a": {"b": 5, "c": [10, {"d": 2}]}}),
        (["a.b=word"], {"a": {"b": "word", "c": [10, {"d": 2}]}}),
        (['a.b="5"'], {"a": {"b": "5", "c": [10, {"d": 2}]}}),
        (["a.b=a=b"], {"a": {"b": "a=b", "c": [10, {"d": 2}]}}),
        (["a.b="], {"a": {"b": "", "c": [10, {"d": 2}]}}),
        (["a.c=[1, {}]"], {"a": {"b": 1, "c": [1, {}]}}),
        (["a.c.1.d=null"], {"a": {"b": 1, "c": [10, {"d": None}]}}),
        (["n.o.p=true"], {"n": {"o": {"p": True}}}),
        (["e.f.g=1e-3"], {"e": {"f": {"g": 0.001}}}),
        (["x.y=4"], {"x.y": 4}),
        (["~a.b"], {"a": {"c": [10, {"d": 2}]}}),
        (["~a.c.0"], {"a": {"b": 1, "c": [{"d": 2}]}}),
        (["~a.c.1.d", "a.c.1.e=1"], {"a": {"b": 1, "c": [10, {"e": 1}]}}),
        (["~a", "a.z=1"], {"a": {"z": 1}}),
        (["n=1", "n=2"], {"n": 2}),
    ],
)
def test_settings_change_add_and_delete_values(settings: list[str], changed: dict[str, Any]) -> None:
    before = copy.deepcopy(CONFIG)
    assert apply_settings(CONFIG, settings) == {**CONFIG, **changed}
    assert before == CONFIG


def test_a_null_may_be_deleted() -> None:
    assert apply_settings({"e": None}, ["~e"]) == {}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("word", "--set: 'word' sets nothing. write a.b=value, or ~a.b to delete"),
        ("=3", "--set: '=3' sets nothing. write a.b=value, or ~a.b to delete"),
        ("~a.bb", "a.bb: cannot be deleted: it is not in the config. did you mean 'b'? keys there: c"),
        ("~q.r", "q.r: cannot be deleted: it is not in the config. keys there: a, e, x.y, s"),
        ("~a.c.5", "a.c.5: cannot be deleted: it is not in the config. keys there: 0, 1"),
        ("a.c.9=1", "a.c.9: the list has 2 items. keys there: 0, 1"),
        ("~b", "b: cannot be deleted: it is not in the config. did you mean 'a.b'? keys there: a, e, x.y, s"),
    ],
)
def test_a_setting_without_a_place_is_reported(setting: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        apply_settings(CONFIG, [setting])
    assert str(caught.value) == message


paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)


@given(st.lists(st.tuples(paths, st.integers(0, 9)), max_size=5))
def test_a_set_value_is_read_back_and_may_be_deleted(settings: list[tuple[str, int]]) -> None:
    values: dict[str, Any] = {}
    for path, number in settings:
        try:
            values = apply_settings(values, [f"{path}={number}"])
        except ConfigurationError:
            # An earlier setting made a part of the path a number.
            continue
        value: Any = values
        for key in path.split("."):
            value = value[key]
        assert value == number
        again = apply_settings(apply_settings(values, [f"~{path}"]), [f"{path}={number}"])
        assert again == values


def test_a_string_within_a_path_is_the_name_of_a_component() -> None:
    values = {"aggregator": "flat", "list": ["flat"]}
    expected = {"aggregator": {"type": "flat", "k": 1}, "list": [{"type": "flat", "k": 2}]}
    assert apply_settings(values, ["aggregator.k=1", "list.0.k=2"]) == expected
    assert with_overrides(values, {"aggregator.k": 1, "list.0.k": 2}) == expected
    assert values == {"aggregator": "flat", "list": ["flat"]}


def test_a_key_with_dots_is_found_within_a_path() -> None:
    values = {"module.weight": {"std": 1, "a.b": [1]}, "module": {"bias": 2}}
    changed = {"module.weight": {"std": 3, "a.b": [5]}, "module": {"bias": 4}}
    overrides = {"module.weight.std": 3, "module.weight.a.b.0": 5, "module.bias": 4}
    assert with_overrides(values, overrides) == changed
    assert apply_settings(values, [f"{key}={value}" for key, value in overrides.items()]) == changed
    assert apply_settings(values, ["~module.weight.std"])["module.weight"] == {"a.b": [1]}


def test_keys_that_share_an_object_are_changed_separately() -> None:
    shared = {"size": 1}
    assert with_overrides({"a": shared, "b": shared}, {"a.size": 2}) == {"a": {"size": 2}, "b": {"size": 1}}
    assert apply_settings({"a": shared, "b": shared}, ["a.size=2"]) == {"a": {"size": 2}, "b": {"size": 1}}


@pytest.mark.parametrize("text", ["NaN", "-Infinity", '"\ud800', "{", "1 2"])
def test_a_value_that_is_not_json_is_a_string(text: str) -> None:
    assert apply_settings({}, [f"a={text}"]) == {"a": text}


def test_settings_and_overrides_without_a_key_are_reported() -> None:
    with pytest.raises(ConfigurationError) as caught:
        apply_settings({"a": 1}, ["~", "a.b=2"])
    assert str(caught.value).splitlines()[0] == "--set: '~' deletes nothing. write ~a.b"
    with pytest.raises(ConfigurationError, match=r"^--overrides: the key is 3, an integer\. give a string$"):
        with_overrides({"a": 1}, {3: 1}, "--overrides ")  # type: ignore[dict-item]


def test_an_override_undone_by_a_later_one_is_reported() -> None:
    assert with_overrides({"a": {"b": 1}}, {"a": {"c": 2}, "a.b": 3}) == {"a": {"c": 2, "b": 3}}
    with pytest.raises(ConfigurationError) as caught:
        with_overrides({"a": {"b": 1}}, {"a.b": 3, "a": {"c": 2}})
    assert str(caught.value) == ("a.b: is undone by the later override 'a'. remove one of them, or reverse their order")
