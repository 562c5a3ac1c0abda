"""``Params``, which have the interface of AllenNLP's."""

from __future__ import annotations

import copy
import json
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params, infer_and_cast, remove_keys_from_params


@pytest.fixture
def params() -> Params:
    """Return params with nested objects, a list, and strings that look like other types."""
    return Params({"a": {"b": {"c": 1}, "list": [{"d": 2}, 3]}, "number": "7", "none": "None", "flag": "true"})


def test_pop_removes_a_key_and_wraps_objects(params: Params) -> None:
    inner = params.pop("a")
    assert isinstance(inner, Params)
    assert inner.pop("b").pop("c") == 1
    assert [type(item) for item in inner.pop("list")] == [Params, int]
    assert params.pop("absent", 3) == 3
    assert isinstance(params.pop("absent", {}), Params)
    assert params.pop("none") == "None"
    assert "a" not in params


def test_pop_returns_a_dict_on_request(params: Params) -> None:
    assert type(params.pop("a", keep_as_dict=True)) is dict


def test_a_missing_key_is_reported_with_its_path(params: Params) -> None:
    inner = params.pop("a").pop("b")
    with pytest.raises(ConfigurationError) as caught:
        inner.pop("x")
    assert caught.value.message == "a.b.x: is required and missing. add it"
    with pytest.raises(ConfigurationError, match=r"^a.list.0.x: "):
        Params({"a": {"list": [{"d": 2}]}}).pop("a").pop("list")[0].pop("x")


@pytest.mark.parametrize(
    ("method", "value", "result"),
    [
        ("pop_int", 3, 3),
        ("pop_int", "3", 3),
        ("pop_int", 3.0, 3),
        ("pop_int", None, None),
        ("pop_float", 3, 3.0),
        ("pop_float", "3.5", 3.5),
        ("pop_float", "1e-3", 0.001),
        ("pop_float", None, None),
        ("pop_bool", True, True),
        ("pop_bool", "false", False),
        ("pop_bool", None, None),
    ],
)
def test_pop_of_a_type_converts_strings(method: str, value: Any, result: Any) -> None:
    popped = getattr(Params({"x": value}), method)("x")
    assert popped == result
    assert type(popped) is type(result)
    assert getattr(Params({}), method)("x", None) is None


@pytest.mark.parametrize(
    ("method", "value", "message"),
    [
        ("pop_int", True, "in.x: is true, a boolean. give an integer"),
        ("pop_int", 3.5, "in.x: is 3.5, a number. give an integer"),
        ("pop_int", "a", 'in.x: is "a", a string. give an integer'),
        ("pop_int", {}, "in.x: is an object. give an integer"),
        ("pop_float", False, "in.x: is false, a boolean. give a number"),
        ("pop_float", "a", 'in.x: is "a", a string. give a number'),
        ("pop_bool", 1, "in.x: is 1, an integer. give true or false"),
        ("pop_bool", "True", 'in.x: is "True", a string. give true or false'),
    ],
)
def test_pop_of_a_type_refuses_other_types(method: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        getattr(Params({"x": value}, history="in."), method)("x")
    assert str(caught.value) == message


def test_pop_choice_accepts_choices_and_class_names() -> None:
    assert Params({"x": "a"}).pop_choice("x", ["a", "b"]) == "a"
    assert Params({}).pop_choice("x", ["a", "b"], default_to_first_choice=True) == "a"
    assert Params({"x": "my.Class"}).pop_choice("x", ["a"]) == "my.Class"


def test_pop_choice_refuses_other_values() -> None:
    with pytest.raises(ConfigurationError, match=r"^x: is \"my.Class\", a string. choices: a$"):
        Params({"x": "my.Class"}).pop_choice("x", ["a"], allow_class_names=False)
    with pytest.raises(ConfigurationError, match=r"^x: is \"bert\", a string. did you mean 'bart'\? choices: gpt$"):
        Params({"x": "bert"}).pop_choice("x", ["gpt", "bart"])
    with pytest.raises(ConfigurationError, match="x: is required and missing"):
        Params({}).pop_choice("x", ["a"])


def test_params_are_a_mapping(params: Params) -> None:
    assert isinstance(params.get("a"), Params)
    assert params.get("absent") is None
    assert params.get("absent", 3) == 3
    assert params["a"]["b"]["c"] == 1
    params["new"] = {"x": 1}
    del params["number"]
    assert list(params) == ["a", "none", "flag", "new"]
    assert len(params) == 4
    with pytest.raises(KeyError):
        params["absent"]
    assert Params({"a": 1}) == {"a": 1}
    assert "Params({'a': 1})" in repr(Params({"a": 1}))


def test_as_dict_returns_the_values_or_casts_a_copy(params: Params) -> None:
    assert params.as_dict() is params.params
    cast = params.as_dict(quiet=True, infer_type_and_cast=True)
    assert (cast["number"], cast["flag"], cast["none"]) == (7, True, "None")
    assert params["number"] == "7"


def test_as_flat_dict_joins_the_keys_of_objects(params: Params) -> None:
    assert params.as_flat_dict() == {
        "a.b.c": 1,
        "a.list": [{"d": 2}, 3],
        "number": "7",
        "none": "None",
        "flag": "true",
    }
    assert Params({}).as_flat_dict() == {}


def test_as_ordered_dict_sorts_keys_by_preference() -> None:
    params = Params({"z": 1, "type": "t", "a": {"y": 1, "type": "u", "x": {}}})
    assert list(params.as_ordered_dict()) == ["type", "a", "z"]
    ordered = params.as_ordered_dict([["z"], ["type"]])
    assert list(ordered) == ["z", "type", "a"]
    assert list(ordered["a"]) == ["type", "x", "y"]
    assert isinstance(ordered["a"], OrderedDict)


def test_duplicates_share_nothing(params: Params) -> None:
    for other in (params.duplicate(), copy.deepcopy(params), pickle.loads(pickle.dumps(params))):
        other.pop("a").pop("b").pop("c")
    assert params["a"]["b"]["c"] == 1


def test_assert_empty_reports_unused_keys() -> None:
    Params({}).assert_empty("Thing")
    with pytest.raises(ConfigurationError, match="^in: Thing does not take 'x', 'y'. remove or rename$"):
        Params({"x": 1, "y": 2}, history="in.").assert_empty("Thing")


def test_the_hash_depends_only_on_the_content() -> None:
    assert Params({"a": 1, "b": [2]}).get_hash() == Params({"b": [2], "a": 1}).get_hash()
    assert Params({"a": 1}).get_hash() != Params({"a": "1"}).get_hash()


def test_params_are_written_and_read_with_overrides(tmp_path: Path, params: Params) -> None:
    file = tmp_path / "x.json"
    params.to_file(file)
    assert json.loads(file.read_text()) == params.as_dict()
    assert Params.from_file(file).as_dict() == params.as_dict()
    changed = Params.from_file(str(file), '{"a.b.c": 5, "a.list.0.d": 6, number: 8}')
    assert (changed["a"]["b"]["c"], changed["a"]["list"][0]["d"], changed["number"]) == (5, 6, 8)
    assert Params.from_file(file, {"a": {"b": 1}})["a"].as_dict() == {"b": 1}


def test_an_error_has_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonnet"
    file.write_text("{\n  a: {\n    b: 'x',\n  },\n}")
    with pytest.raises(ConfigurationError) as caught:
        Params.from_file(file).pop("a").pop_int("b")
    assert str(caught.value) == f'{file}:3 a.b: is "x", a string. give an integer'


def test_from_file_evaluates_external_variables_and_code(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonnet"
    file.write_text("{ a: std.extVar('A'), b: std.extVar('B') }")
    params = Params.from_file(file, ext_vars={"A": "1"}, ext_codes={"B": "[1, 2]"})
    assert params.as_dict() == {"a": "1", "b": [1, 2]}


def test_remove_keys_from_params() -> None:
    params = Params({"pretrained_file": 1, "a": {"initializer": 2, "keep": [{"initializer": 3, "b": 4}]}})
    remove_keys_from_params(params)
    assert params.as_dict() == {"a": {"keep": [{"b": 4}]}}
    remove_keys_from_params(params, ["keep"])
    assert params.as_dict() == {"a": {}}


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("True", True),
        ("false", False),
        ("a", "a"),
        (["1"], [1]),
        ({"a": "2"}, {"a": 2}),
        (3, 3),
    ],
)
def test_infer_and_cast_converts_strings(value: Any, result: Any) -> None:
    assert infer_and_cast(value) == result
    assert type(infer_and_cast(value)) is type(result)


def test_infer_and_cast_refuses_other_objects() -> None:
    assert infer_and_cast({"a": None}) == {"a": None}
    with pytest.raises(ValueError, match="^cannot infer type of <class 'int'>. give text, numbers, lists and objects$"):
        infer_and_cast({"a": [int]})


def test_an_object_instead_of_a_number_is_a_type_error() -> None:
    for pop in (Params.pop_int, Params.pop_float, Params.pop_bool):
        with pytest.raises(TypeError, match="^a: is an object. give "):
            pop(Params({"a": {"b": 1}}), "a")
