"""Hashes of code change only with what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanreg import storage
from spanreg.storage import source_code

CODE = '''"""Count words."""

import os

LIMIT = 1000
"Most words."


def count(text: str, *, most: int = LIMIT) -> int:
    """Return the number of words."""
    return min(len(text.split("a b")), most) or None


class Counter:
    """Counts words."""
'''


def hashed(tmp_path: Path, code: str) -> str:
    file = tmp_path / "counter.py"
    file.write_text(code, encoding="utf-8")
    return storage.hash_code([("counter.py", file)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Count words."""', '"""Count the words of a text."""'),
        ('    """Return the number of words."""\n', ""),
        ('"Most words."\n', ""),
        ('    """Counts words."""', "    pass"),
        ("import os", "import os  # for later"),
        ("1000", "1_000"),
        ("text: str, *, most: int = LIMIT", "text: str,\n    *,\n    most: int = LIMIT"),
        ('"a b"', "'a ' 'b'"),
        ("min(len(text.split", "min((len)(text.split"),
    ],
)
def test_how_code_is_written_does_not_count(tmp_path: Path, old: str, new: str) -> None:
    assert old in CODE
    assert hashed(tmp_path, CODE.replace(old, new)) == hashed(tmp_path, CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1000", "1001"),
        ("1000", "1000.0"),
        ("min(", "max("),
        ("import os", "import os as system"),
        ("or None", "or 0"),
        ('"a b"', "'ab'"),
        ("*, most", "most"),
        ("most: int", "most: float"),
        ("class Counter", "class Count"),
    ],
)
def test_what_code_does_counts(tmp_path: Path, old: str, new: str) -> None:
    assert old in CODE
    assert hashed(tmp_path, CODE.replace(old, new)) != hashed(tmp_path, CODE)


def test_code_that_cannot_be_parsed_counts_byte_by_byte(tmp_path: Path) -> None:
    assert hashed(tmp_path, "print 'old'  # a") != hashed(tmp_path, "print 'old'  # b")
    deep = "x = " + "(" * 5000 + ")" * 5000
    assert hashed(tmp_path, deep) != hashed(tmp_path, f"{deep}  # b")
    assert hashed(tmp_path, f"x = {'-' * 990}1") != hashed(tmp_path, f"x = {'-' * 992}1")


def test_a_hash_is_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    first = hashed(tmp_path, CODE)
    monkeypatch.setattr(source_code, "_hash_meaning", lambda _: pytest.fail("parsed again"))
    assert hashed(tmp_path, CODE) == first
    (cached,) = (tmp_path / "cache" / "code").iterdir()
    cached.write_text("damaged", encoding="ascii")
    monkeypatch.undo()
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    assert hashed(tmp_path, CODE) == first == cached.read_text(encoding="ascii")


def test_a_cache_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = hashed(tmp_path, CODE)
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "file"))
    assert hashed(tmp_path, CODE) == first


def test_sources_are_hashed_in_all_or_in_parts() -> None:
    hashes = {storage.hash_sources(), storage.hash_sources("text"), storage.hash_sources("text", "segmenters")}
    assert len(hashes) == 3
    assert storage.hash_sources("text") == storage.hash_sources("text")
