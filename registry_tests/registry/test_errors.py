"""Texts of errors: the form of problems, and the words for values, types and names."""

from __future__ import annotations

import pickle
from typing import Annotated, Any, Literal, Optional

import pytest

from spanreg.registry import (
    AtLeast,
    Between,
    ConfigurationError,
    FromParams,
    Params,
    Problem,
    in_file,
    nearest,
    parse_overrides,
    suggest,
    with_overrides,
    within,
)
from spanreg.registry.names import path_of_key, spell_type, spell_value


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("is 3"), "is 3"),
        (Problem("is 3", hint="give 4"), "is 3. give 4"),
        (Problem("Is 3.", "a.b", "Give 4."), "a.b: Is 3. Give 4"),
        (Problem("is 3", "a.b", "give 4", "x.jsonnet"), "x.jsonnet a.b: is 3. give 4"),
        (Problem("is 3", "a.b", "give 4", "x.jsonnet", 7), "x.jsonnet:7 a.b: is 3. give 4"),
        (Problem("is 3", file="x.jsonnet", line=7), "x.jsonnet:7: is 3"),
        (Problem("is 3", "a", line=7), "a: is 3"),
        (Problem("is 3", file="x.jsonnet", line=7, column=2), "x.jsonnet:7:2: is 3"),
        (Problem("is 'a\nb: is 3'", "c\r\nd"), "c␍␊d: is 'a␊b: is 3'"),
        (Problem("is outside", hint="name its folder: --jpath .."), "is outside. name its folder: --jpath .."),
        (Problem("is outside", hint="name its folder: --jpath ."), "is outside. name its folder: --jpath ."),
    ],
)
def test_the_text_of_a_problem(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_problem_as_a_dict() -> None:
    problem = Problem("is 3", "a", "give 4", "x", 7)
    assert problem.as_dict() == {"problem": "is 3", "path": "a", "hint": "give 4", "file": "x", "line": 7, "column": 0}


def test_the_message_of_an_error_is_its_text() -> None:
    error = ConfigurationError("is 3", path="a", hint="give 4", file="x")
    assert error.message == str(error) == error.args[0] == "x a: is 3. give 4"
    assert ConfigurationError("only words").message == "only words"


def test_an_error_with_several_problems_is_pickled() -> None:
    both = ConfigurationError([Problem("one"), Problem("two")])
    assert str(both) == "one\ntwo"
    again = pickle.loads(pickle.dumps(both))
    assert (type(again), again.problems) == (ConfigurationError, both.problems)


class SizedPart(FromParams):
    def __init__(self, size: int) -> None: ...


@pytest.mark.parametrize(
    ("call", "allennlp_type"),
    [
        (lambda: SizedPart.from_params(Params({"size": "x"})), TypeError),
        (lambda: SizedPart.from_params({"size": [], "other": 1}), TypeError),
        (lambda: with_overrides({"a": 1}, {"a.b": 2}), ValueError),
        (lambda: Params({"a": "x"}).pop_int("a"), ValueError),
        (lambda: Params({"a": "x"}).pop_bool("a"), ValueError),
        (lambda: Params.from_file("nowhere.jsonnet"), FileNotFoundError),
        (lambda: SizedPart(3).to_params(), NotImplementedError),
        (lambda: parse_overrides("{"), RuntimeError),
        (lambda: parse_overrides("{a: std.extVar('NOWHERE')}"), RuntimeError),
    ],
)
def test_an_error_is_also_of_the_type_that_allennlp_raises(call: Any, allennlp_type: type[Exception]) -> None:
    with pytest.raises(ConfigurationError) as caught, within("outer"), in_file("x.jsonnet"):
        call()
    assert isinstance(caught.value, allennlp_type)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), again.problems) == (type(caught.value), caught.value.problems)
    assert isinstance(caught.value.under("further"), allennlp_type)


def test_a_missing_key_is_not_a_type_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        SizedPart.from_params(Params({}))
    assert type(caught.value) is ConfigurationError


def test_an_outer_path_is_prepended_once() -> None:
    error = ConfigurationError("is 3", path="size").under("outer.0", "x.jsonnet", 4)
    assert str(error) == "x.jsonnet:4 outer.0.size: is 3"
    assert error.under("further") is error
    assert str(ConfigurationError("is 3").under("outer")) == "outer: is 3"
    elsewhere = ConfigurationError("is 3", file="corpus.txt").under("outer", "x.jsonnet", 4)
    assert str(elsewhere) == "corpus.txt outer: is 3"


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("max_mach", ["single", "max_match"], "did you mean 'max_match'? known names: single"),
        ("Max-Match", ["single", "max_match"], "did you mean 'max_match'? known names: single"),
        ("zzz", ["single", "max_match"], "known names: single, max_match"),
        ("singel", ["single"], "did you mean 'single'?"),
        ("x", [], "there are no known names"),
        ("zzz", list("abcdefghij"), "known names: a, b, c, d, e, f, g, h and 2 more"),
        ("aaaa", ["aaaa1", *"bcdefghij"], "did you mean 'aaaa1'? known names: b, c, d, e, f, g, h, i and 1 more"),
    ],
)
def test_suggest_returns_the_nearest_and_at_most_eight_other_names(name: str, known: list[str], hint: str) -> None:
    assert suggest(name, known) == hint


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("epochs", ["data"], "did you mean 'training.epochs'? known names: data"),
        ("epochs", [], "did you mean 'training.epochs'? there are no keys"),
        ("epochs", ["epoch"], "did you mean 'epoch'?"),
        ("epochs", ["max_epochs"], "did you mean 'training.epochs'? known names: max_epochs"),
    ],
)
def test_a_key_of_another_place_is_suggested_unless_a_name_is_very_similar(
    name: str, known: list[str], hint: str
) -> None:
    assert suggest(name, known, none="there are no keys", place="training.epochs") == hint


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"a": {"x": 1}}, "a.x"),
        ({"a": {"b": {"x": 1}}}, "a.b.x"),
        ({"a": {"b": {"x": 1}}, "c": {"x": 2}}, "c.x"),
        ({"a": {"x": 1}, "c": {"x": 2}}, ""),
        ({"x": {"x": 1}}, ""),
        ({"x": {"x": 1}, "a": {"x": 3}}, "a.x"),
        ({"a": [{"x": 1}]}, ""),
        ({}, ""),
        ({"a": {"x": 1}, **{f"key{number}": 0 for number in range(300)}}, ""),
    ],
)
def test_path_of_key_returns_the_only_place_of_a_key(values: dict[str, Any], path: str) -> None:
    assert path_of_key(values, "x") == path


def test_nearest_returns_the_most_similar_name_first() -> None:
    # Two names are equally near; the order of equals is not promised.
    assert nearest("bb", ["aa", "bbb", "bb1"]) in (["bbb", "aa", "bb1"], ["bb1", "aa", "bbb"])
    assert nearest("zz", ["aa", "bb"]) == ["aa", "bb"]


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        (None, "null"),
        (True, "true, a boolean"),
        (3, "3, an integer"),
        (0.5, "0.5, a number"),
        ("3", '"3", a string'),
        ("x" * 99, '"' + "x" * 56 + "..., a string"),
        ([1], "a list"),
        ((1,), "a list"),
        ({}, "an object"),
        (1j, "1j, a complex"),
    ],
)
def test_values_are_spelt_with_their_type(value: Any, spelt: str) -> None:
    assert spell_value(value) == spelt


@pytest.mark.parametrize(
    ("annotation", "spelt"),
    [
        (int, "an integer"),
        (Optional[float], "a number or null"),
        (Optional[Annotated[Optional[int], "note"]], "an integer or null"),
        (Optional[Annotated[Optional[int], AtLeast(1)]], "an integer or null, at least 1 or null"),
        (list[int], "a list (each: an integer)"),
        (tuple[int, ...], "a list (each: an integer)"),
        (dict[str, list[bool]], "an object (each: a list (each: true or false))"),
        (Literal["a", 1], "one of 'a', 1"),
        (Annotated[int, AtLeast(1), "note"], "an integer, at least 1"),
        (Annotated[float, Between(0, 1)], "a number, between 0 and 1"),
        (Any, "any value"),
        (ConfigurationError, "ConfigurationError"),
    ],
)
def test_types_are_spelt_in_words(annotation: Any, spelt: str) -> None:
    assert spell_type(annotation) == spelt


def test_within_prepends_its_path_unless_the_path_is_complete() -> None:
    located = ConfigurationError([Problem("is wrong", "there")])
    for error, message in [
        (ConfigurationError("is wrong", path="model"), "encoder.model: is wrong"),
        (located, "there: is wrong"),
    ]:
        with pytest.raises(ConfigurationError) as caught, within("encoder"):
            raise error
        assert str(caught.value) == message


def test_in_file_adds_the_file_to_problems_with_a_key() -> None:
    problems = [Problem("is wrong", "a"), Problem("is wrong", "b", file="own"), Problem("the disk is full")]
    with pytest.raises(ConfigurationError) as caught, in_file("x.jsonnet"):
        raise ConfigurationError(problems)
    assert str(caught.value) == "x.jsonnet a: is wrong\nown b: is wrong\nthe disk is full"


def test_an_integer_of_too_many_digits_is_described() -> None:
    # Python raises ValueError where an integer of more than 4,300 digits becomes text.
    assert spell_value(10**5000) == "an integer of more than 4300 digits"
