"""Hashes of source code, which change only with the behaviour of the code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spanreg import storage
from spanreg.storage import source_code

SOURCE = '''"""Count words."""

import os

LIMIT = 1000
"Most words."


def count(text: str, *, most: int = LIMIT) -> int:
    """Return the number of words."""
    return min(len(text.split("a b")), most) or None


class Counter:
    """Counts words."""
'''


def code_hash(tmp_path: Path, code: str) -> str:
    """Return the hash of a module with this code."""
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
def test_comments_and_layout_do_not_change_the_hash(tmp_path: Path, old: str, new: str) -> None:
    assert old in SOURCE
    assert code_hash(tmp_path, SOURCE.replace(old, new)) == code_hash(tmp_path, SOURCE)


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
def test_changed_behaviour_changes_the_hash(tmp_path: Path, old: str, new: str) -> None:
    assert old in SOURCE
    assert code_hash(tmp_path, SOURCE.replace(old, new)) != code_hash(tmp_path, SOURCE)


def test_unparsable_code_is_hashed_byte_by_byte(tmp_path: Path) -> None:
    assert code_hash(tmp_path, "print 'old'  # a") != code_hash(tmp_path, "print 'old'  # b")
    # The parser rejects 5,000 brackets. It accepts 990 signs, whose tree is close to the recursion limit of 1,000.
    deeply_nested = "x = " + "(" * 5000 + ")" * 5000
    assert code_hash(tmp_path, deeply_nested) != code_hash(tmp_path, f"{deeply_nested}  # b")
    assert code_hash(tmp_path, f"x = {'-' * 990}1") != code_hash(tmp_path, f"x = {'-' * 992}1")


def test_hashes_are_cached_and_damaged_entries_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    first = code_hash(tmp_path, SOURCE)
    source_code._hash_code_as_it_is.cache_clear()
    monkeypatch.setattr(source_code, "_hash_meaning", lambda *_: pytest.fail("parsed again"))
    assert code_hash(tmp_path, SOURCE) == first
    (cached,) = (tmp_path / "cache" / "code").iterdir()
    cached.write_text("damaged", encoding="ascii")
    monkeypatch.undo()
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    source_code._hash_code_as_it_is.cache_clear()
    assert code_hash(tmp_path, SOURCE) == first == cached.read_text(encoding="ascii")


def test_hashing_works_without_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = code_hash(tmp_path, SOURCE)
    source_code._hash_code_as_it_is.cache_clear()
    (tmp_path / "file").touch()
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "file"))
    assert code_hash(tmp_path, SOURCE) == first


def test_links_to_nothing_and_in_a_circle_and_pipes_are_left_out(tmp_path: Path) -> None:
    first = code_hash(tmp_path, SOURCE)
    (tmp_path / "lost.py").symlink_to("nowhere.py")
    (tmp_path / "circle.py").symlink_to("circle.py")
    os.mkfifo(tmp_path / "pipe.py")
    names = ("counter.py", "lost.py", "circle.py", "pipe.py", "counter.py/inner.py")
    assert storage.hash_code((name, tmp_path / name) for name in names) == first


def test_the_package_or_its_parts_can_be_hashed() -> None:
    hashes = {storage.hash_sources(), storage.hash_sources("text"), storage.hash_sources("text", "segmenters")}
    assert len(hashes) == 3
    assert storage.hash_sources("text") == storage.hash_sources("text")
