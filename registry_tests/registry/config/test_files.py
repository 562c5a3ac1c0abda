"""Config files: Jsonnet and JSON are evaluated, and a file that cannot be read has one message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from registry_tests.registry.messages import assert_message
from spanreg.registry import ConfigurationError, parse_overrides
from spanreg.registry.config.evaluation import EvaluationLimits, ExternalVariables
from spanreg.registry.config.files import read_config
from spanreg.registry.config.positions import key_lines


def test_imports_are_relative_to_the_file(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "part.libsonnet").write_text("{ size: 3 }")
    (here / "sub" / "main.jsonnet").write_text("(import 'part.libsonnet') + { text: importstr 'note.txt' }")
    (here / "sub" / "note.txt").write_text("word")
    assert read_config("sub/main.jsonnet").values == {"size": 3, "text": "word"}


def test_byte_order_marks_are_skipped(here: Path) -> None:
    mark = "\ufeff"
    (here / "inner.libsonnet").write_text(mark + "{ a: 1 }", encoding="utf-8")
    (here / "text.txt").write_text(mark + "words", encoding="utf-8")
    text = mark + "{ b: import 'inner.libsonnet', c: importstr 'text.txt' }"
    (here / "config.jsonnet").write_text(text, encoding="utf-8")
    externals = ExternalVariables({}, {}, (), [str(here)])
    assert read_config("config.jsonnet", externals).values == {"b": {"a": 1}, "c": "words"}
    assert key_lines(here / "config.jsonnet") == {"b": 1, "c": 1}


def test_utf16_is_refused(here: Path) -> None:
    (here / "wide.jsonnet").write_text("{}", encoding="utf-16")
    with pytest.raises(ConfigurationError, match=r"^wide\.jsonnet: is not UTF-8 text \(byte 0\)\. save it as UTF-8"):
        read_config("wide.jsonnet")


def test_imports_are_searched_in_the_folders_of_jpath(here: Path) -> None:
    (here / "lib").mkdir()
    (here / "lib" / "shared.libsonnet").write_text("{ a: 1 }")
    (here / "x.jsonnet").write_text("import 'shared.libsonnet'")
    assert read_config("x.jsonnet", ExternalVariables(jpath=["lib"])).values == {"a": 1}
    with pytest.raises(ConfigurationError, match="shared.libsonnet"):
        read_config("x.jsonnet")


def test_external_variables_come_from_options_code_and_environment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ABC":
        monkeypatch.setenv(f"SPANREG_TEST_{name}", "env")
    (here / "x.jsonnet").write_text(
        "{ a: std.extVar('SPANREG_TEST_A'), b: std.extVar('SPANREG_TEST_B'), c: std.extVar('SPANREG_TEST_C') }"
    )
    externals = ExternalVariables({"SPANREG_TEST_B": "7"}, {"SPANREG_TEST_C": "3 + 4"}, ["SPANREG_TEST_*"])
    assert read_config("x.jsonnet", externals).values == {"a": "env", "b": "7", "c": 7}
    with pytest.raises(ConfigurationError, match="--ext-env SPANREG_TEST_A$"):
        read_config("x.jsonnet")


def test_an_environment_variable_that_is_not_unicode_is_ignored(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_TEST_BROKEN", "\udcff")
    (here / "x.json").write_text('{"a": 1}')
    assert read_config("x.json", ExternalVariables(environment=["*"])).values == {"a": 1}


def test_a_given_variable_that_is_not_unicode_is_an_error(here: Path) -> None:
    (here / "x.json").write_text('{"a": 1}')
    with pytest.raises(ConfigurationError, match=r"^the external variable 'given' is not Unicode: .* surrogate pair"):
        read_config("x.json", ExternalVariables({"given": "\udcff"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ a: }", 'x.jsonnet:1:6: not valid Jsonnet: unexpected: "}" while parsing terminal. fix the Jsonnet'),
        ("{ a: 1\n  b: 2 }", "x.jsonnet:2:3: not valid Jsonnet: *"),
        ("{ a: 1, a: 2 }", "x.jsonnet:1:9: not valid Jsonnet: duplicate field: a. fix the Jsonnet"),
        ("{ a: b }", "x.jsonnet:1:6: not valid Jsonnet: Unknown variable: b. fix the Jsonnet"),
        ("{ a: import\n (1 +\n 2) }",
         "x.jsonnet:2:2: not valid Jsonnet: computed imports are not allowed. fix the Jsonnet"),
        ("{ a: error 'my words' }", "x.jsonnet:1:6: evaluation fails: my words. fix the Jsonnet"),
        ("{\n  a: 1 / 0 }", "x.jsonnet:2:6: evaluation fails: division by zero. fix the Jsonnet"),
        ("{ a: std.extVar('NOT_SET') }", "x.jsonnet:1:6: the external variable 'NOT_SET' is not defined. "
         "give it with --ext-var NOT_SET=VALUE"),
        ("{ a: import 'no.libsonnet' }", "x.jsonnet:1:6: cannot import 'no.libsonnet': there is no such file. *"),
        ("[1]", "x.jsonnet: evaluates to a list, not an object. start it with {"),
        ("'a'", "x.jsonnet: evaluates to \"a\", a string, not an object. start it with {"),
        ("", "x.jsonnet:1:1: not valid Jsonnet: *"),
        ("{ a: 1\0 }", "x.jsonnet: contains a NUL character. save it as UTF-8 text"),
    ],
)  # fmt: skip
def test_invalid_jsonnet_is_reported(here: Path, text: str, message: str) -> None:
    (here / "x.jsonnet").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_config("x.jsonnet")
    assert_message(caught.value, message)


def test_an_error_inside_an_import_names_that_file(here: Path) -> None:
    (here / "x.jsonnet").write_text("local part = import 'part.libsonnet';\n{ a: part.make(0) }")
    (here / "part.libsonnet").write_text("{\n  make(size):: 1 / size,\n}")
    with pytest.raises(ConfigurationError, match=r"^part.libsonnet:2:16: evaluation fails: division by zero"):
        read_config("x.jsonnet")
    (here / "part.libsonnet").write_text("{\n  make(size)::\n}")
    with pytest.raises(ConfigurationError, match=r"^part.libsonnet:3:1: not valid Jsonnet"):
        read_config("x.jsonnet")


def test_a_file_that_cannot_be_read_is_reported(here: Path) -> None:
    (here / "folder").mkdir()
    os.mkfifo(here / "pipe.json")
    (here / "large.json").write_text(" " * 100)
    (here / "latin.json").write_bytes(b'{"a": "\xe9"}')
    for file, message in {
        "absent.json": "absent.json: there is no such file. give the path of a Jsonnet or JSON file",
        "folder": "folder: is a folder. give the path of a Jsonnet or JSON file",
        "pipe.json": "pipe.json: is not a regular file. give the path of a Jsonnet or JSON file",
        "/dev/zero": "/dev/zero: is not a regular file. give the path of a Jsonnet or JSON file",
        "large.json": "large.json: is longer than 50 bytes. shorten it, or allow more: --limit evaluation_size=N",
        "latin.json": "latin.json: is not UTF-8 text (byte 7). save it as UTF-8",
    }.items():
        with pytest.raises(ConfigurationError) as caught:
            read_config(file, limits=EvaluationLimits(size=50))
        assert str(caught.value) == message


def test_overrides_are_parsed_as_jsonnet() -> None:
    assert parse_overrides("") == {}
    assert parse_overrides("  ") == {}
    assert parse_overrides({"a.b": 1}) == {"a.b": 1}
    assert parse_overrides('{"a.b": 1}') == {"a.b": 1}
    assert parse_overrides("local x = 2; { a: { b: x + std.parseInt(std.extVar('N')) } }", {"N": "3"}) == {
        "a": {"b": 5}
    }


def test_invalid_overrides_are_reported() -> None:
    with pytest.raises(ConfigurationError, match="more than 100 levels of nested objects and lists"):
        parse_overrides("{ a: std.foldl(function(inner, i) [inner], std.range(1, 120), 1) }")
    with pytest.raises(ConfigurationError, match="^--overrides:1:3: not valid Jsonnet"):
        parse_overrides("{ 3 }")
    with pytest.raises(ConfigurationError, match="^--overrides: evaluates to a list, not an object"):
        parse_overrides("[]")
