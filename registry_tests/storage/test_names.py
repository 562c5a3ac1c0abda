"""Names of files and folders from user input, and paths from saved files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.storage import as_file_name, name_fault, require_file_name, stored_path

VALID_NAMES = (
    "validation",
    "validation_matched",
    "dev-2",
    "a.b",
    "dev set",
    "=x",
    "Überraschung",
    "验证",
    "console",
    "com",
    "~",
)
INVALID_NAMES: tuple[Any, ...] = (
    "",
    ".",
    "..",
    ".hidden",
    " a",
    "a ",
    "a.",
    "a/b",
    "/a",
    "../../outside",
    "a\\b",
    "..\\b",
    "C:",
    "a:b",
    "a\0",
    "a\n",
    "a\x1b[31m",
    "a\x7f",
    "a\ud800",
    "a*",
    "a?",
    'a"',
    "a<b",
    "a|b",
    "CON",
    "nul",
    "NUL.txt",
    "con .json",
    "com1",
    "LPT9.jsonl",
    "com²",
    "CONIN$",
    # More than 150 bytes of UTF-8.
    "x" * 151,
    "ü" * 76,
    None,
    3,
    ["a"],
)


@pytest.mark.parametrize("name", VALID_NAMES)
def test_a_valid_name_is_unchanged(name: str, tmp_path: Path) -> None:
    assert require_file_name(name, "split") == name
    (tmp_path / f"{name}.jsonl").touch()
    assert [one.name for one in tmp_path.iterdir()] == [f"{name}.jsonl"]


@pytest.mark.parametrize("name", INVALID_NAMES, ids=repr)
def test_an_invalid_name_is_rejected(name: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^data: the split .* cannot be a file name: it .*give the split a pl"
    ):
        require_file_name(name, "split", "data")


def test_the_error_states_the_fault_and_the_fix() -> None:
    with pytest.raises(ConfigurationError) as caught:
        require_file_name("../x", "split")
    assert str(caught.value) == (
        "the split '../x' cannot be a file name: it has '/' in it. "
        "give the split a plain name: letters, digits, '_', '-' and '.' inside"
    )


@given(st.text())
def test_every_valid_name_is_one_path_component(name: str) -> None:
    if not name_fault(name):
        path = Path("/folder") / name
        assert path.parent == Path("/folder")
        assert path.name == name
        assert not name.startswith(".")


@given(st.text())
def test_as_file_name_returns_valid_names(text: str) -> None:
    assert not name_fault(f"{as_file_name(text, 60)}-1-abc")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plain", "plain"),
        ("a/b c", "a-b-c"),
        ("../../x", "x"),
        ("—", "unnamed"),
        ("a\ud800b", "ab"),
        ("语" * 40, "语" * 20),
    ],
)
def test_as_file_name_keeps_letters_and_digits(text: str, name: str) -> None:
    assert as_file_name(text, 60) == name


def test_a_stored_path_is_absolute_and_not_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = stored_path(Path("~"), "files/0.jsonl", "files", "dictionaries")
    assert found == tmp_path / "~" / "files" / "0.jsonl"
    assert found.is_absolute()


@pytest.mark.parametrize(
    "stored",
    [
        "0",
        "files",
        "files/",
        "files/../x",
        "../files/0",
        "/files/0",
        "files/a/b",
        "other/0",
        "files/..",
        "~/0",
        None,
        3,
    ],
)
def test_a_stored_path_outside_its_folder_is_rejected(stored: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"is not a place inside run. only files/NAME is"):
        stored_path(Path("run"), stored, "files")
