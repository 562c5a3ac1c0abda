"""Jsonnet and JSON files, and what is said of bad ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spanreg.registry import ConfigurationError, parse_overrides
from spanreg.registry.config_files import read_config


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_imports_go_from_the_file(here: Path) -> None:
    (here / "sub").mkdir()
    (here / "sub" / "part.libsonnet").write_text("{ size: 3 }")
    (here / "sub" / "main.jsonnet").write_text("(import 'part.libsonnet') + { text: importstr 'note.txt' }")
    (here / "sub" / "note.txt").write_text("word")
    assert read_config("sub/main.jsonnet") == {"size": 3, "text": "word"}


def test_jpath(here: Path) -> None:
    (here / "lib").mkdir()
    (here / "lib" / "shared.libsonnet").write_text("{ a: 1 }")
    (here / "x.jsonnet").write_text("import 'shared.libsonnet'")
    assert read_config("x.jsonnet", jpath=["lib"]) == {"a": 1}
    with pytest.raises(ConfigurationError, match="shared.libsonnet"):
        read_config("x.jsonnet")


def test_variables(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_TEST_A", "env")
    monkeypatch.setenv("SPANREG_TEST_B", "env")
    monkeypatch.setenv("SPANREG_TEST_C", "env")
    (here / "x.jsonnet").write_text(
        "{ a: std.extVar('SPANREG_TEST_A'), b: std.extVar('SPANREG_TEST_B'), c: std.extVar('SPANREG_TEST_C') }"
    )
    found = read_config("x.jsonnet", {"SPANREG_TEST_B": "7"}, {"SPANREG_TEST_C": "3 + 4"})
    assert found == {"a": "env", "b": "7", "c": 7}


def test_a_variable_that_is_no_unicode_does_no_harm(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_TEST_BROKEN", "\udcff")
    (here / "x.json").write_text('{"a": 1}')
    assert read_config("x.json") == {"a": 1}


def test_a_variable_that_was_given_and_is_no_unicode_is_told_of(here: Path) -> None:
    (here / "x.json").write_text('{"a": 1}')
    with pytest.raises(ConfigurationError, match=r"x\.json: is no text: .*surrogates"):
        read_config("x.json", {"given": "\udcff"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ a: }", 'x.jsonnet:1:6: is no valid Jsonnet: unexpected: "}" while parsing terminal. mend the Jsonnet'),
        ("{ a: 1\n  b: 2 }", "x.jsonnet:2:3: is no valid Jsonnet: *"),
        ("{ a: 1, a: 2 }", "x.jsonnet:1:9: is no valid Jsonnet: duplicate field: a. mend the Jsonnet"),
        ("{ a: b }", "x.jsonnet:1:6: is no valid Jsonnet: Unknown variable: b. mend the Jsonnet"),
        ("{ a: error 'my words' }", "x.jsonnet:1:6: evaluation fails: my words. mend the Jsonnet"),
        ("{\n  a: 1 / 0 }", "x.jsonnet:2:6: evaluation fails: division by zero. mend the Jsonnet"),
        ("{ a: std.extVar('NOT_SET') }", "x.jsonnet:1:6: the external variable 'NOT_SET' is not defined. "
         "give it with --ext-var NOT_SET=VALUE, or set it in the environment"),
        ("{ a: import 'absent.libsonnet' }", "x.jsonnet:1:6: evaluation fails: couldn't open *absent.libsonnet*"),
        ("[1]", "x.jsonnet: gives a list, not an object. start it with {"),
        ("'a'", "x.jsonnet: gives \"a\", a string, not an object. start it with {"),
        ("", "x.jsonnet:1:1: is no valid Jsonnet: *"),
        ("{ a: 1\0 }", "x.jsonnet: is no text: embedded null character. save it, and write variables, as UTF-8"),
    ],
)  # fmt: skip
def test_bad_jsonnet(here: Path, text: str, message: str) -> None:
    (here / "x.jsonnet").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_config("x.jsonnet")
    assert re.fullmatch(".*".join(map(re.escape, message.split("*"))), str(caught.value)), str(caught.value)


def test_an_error_inside_an_import_names_that_file(here: Path) -> None:
    (here / "x.jsonnet").write_text("local part = import 'part.libsonnet';\n{ a: part.make(0) }")
    (here / "part.libsonnet").write_text("{\n  make(size):: 1 / size,\n}")
    with pytest.raises(ConfigurationError, match=r"^part.libsonnet:2:16: evaluation fails: division by zero"):
        read_config("x.jsonnet")
    (here / "part.libsonnet").write_text("{\n  make(size)::\n}")
    with pytest.raises(ConfigurationError, match=r"^part.libsonnet:3:1: is no valid Jsonnet"):
        read_config("x.jsonnet")


def test_files_that_cannot_be_read(here: Path) -> None:
    (here / "folder").mkdir()
    (here / "latin.json").write_bytes(b'{"a": "\xe9"}')
    for file, message in {
        "absent.json": "absent.json: there is no such file. give the path of a Jsonnet or JSON file",
        "folder": "folder: is a folder. give the path of a Jsonnet or JSON file",
        "latin.json": "latin.json: is not UTF-8 text (byte 7). save it as UTF-8",
    }.items():
        with pytest.raises(ConfigurationError) as caught:
            read_config(file)
        assert str(caught.value) == message


def test_overrides() -> None:
    assert parse_overrides("") == {}
    assert parse_overrides("  ") == {}
    assert parse_overrides({"a.b": 1}) == {"a.b": 1}
    assert parse_overrides('{"a.b": 1}') == {"a.b": 1}
    assert parse_overrides("local x = 2; { a: { b: x + std.parseInt(std.extVar('N')) } }", {"N": "3"}) == {
        "a": {"b": 5}
    }
    with pytest.raises(ConfigurationError, match="^--overrides:1:3: is no valid Jsonnet"):
        parse_overrides("{ 3 }")
    with pytest.raises(ConfigurationError, match="^--overrides: gives a list, not an object"):
        parse_overrides("[]")
