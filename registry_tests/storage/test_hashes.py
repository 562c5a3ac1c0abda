"""Hashes of JSON values and files, which depend only on their content."""

from __future__ import annotations

from pathlib import Path

from spanreg import storage


def test_hashes_depend_only_on_content(tmp_path: Path) -> None:
    assert storage.hash_json({"a": 1, "b": [True, "é"]}) == storage.hash_json({"b": [True, "é"], "a": 1})
    assert storage.hash_json({"a": 1}) != storage.hash_json({"a": 1.0})
    (tmp_path / "one").write_bytes(b"abc")
    (tmp_path / "two").write_bytes(b"abc")
    assert storage.hash_file(tmp_path / "one") == storage.hash_file(tmp_path / "two")
    assert len(storage.hash_file(tmp_path / "one")) == 64


def test_lone_surrogates_have_different_hashes() -> None:
    assert storage.hash_json("\ud800") != storage.hash_json("\ud801")
