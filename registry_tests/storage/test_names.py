"""Names that become files or folders, and paths that a saved file names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.registry import ConfigurationError
from spanreg.storage import as_file_name, name_fault, require_file_name, stored_path

GOOD = (
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
BAD: tuple[Any, ...] = (
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
    "x" * 151,
    "ü" * 76,
    None,
    3,
    ["a"],
)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_name_stays(name: str, tmp_path: Path) -> None:
    assert require_file_name(name, "split") == name
    (tmp_path / f"{name}.jsonl").touch()
    assert [one.name for one in tmp_path.iterdir()] == [f"{name}.jsonl"]


@pytest.mark.parametrize("name", BAD, ids=repr)
def test_a_bad_name_is_refused(name: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^data: the split .* cannot be a file name: it .*give the split a pl"
    ):
        require_file_name(name, "split", "data")


def test_the_text_of_the_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        require_file_name("../x", "split")
    assert str(caught.value) == (
        "the split '../x' cannot be a file name: it has '/' in it. "
        "give the split a plain name: letters, digits, '_', '-' and '.' inside"
    )


@given(st.text())
def test_what_is_accepted_is_one_component(name: str) -> None:
    if not name_fault(name):
        path = Path("/folder") / name
        assert path.parent == Path("/folder")
        assert path.name == name
        assert not name.startswith(".")


@given(st.text())
def test_the_beginning_of_a_name_is_one_component(text: str) -> None:
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
def test_the_beginning_of_a_name(text: str, name: str) -> None:
    assert as_file_name(text, 60) == name


def test_a_stored_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = stored_path(Path("~"), "files/0.jsonl", "files", "dictionaries")
    assert found == tmp_path / "~" / "files" / "0.jsonl"
    assert found.is_absolute()


@pytest.mark.parametrize(
    "place",
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
def test_a_stored_path_elsewhere_is_refused(place: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"is not a place inside run. only files/NAME is"):
        stored_path(Path("run"), place, "files")
