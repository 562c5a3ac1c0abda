"""The dictionary from a file: phrase lists and sampled artefacts."""

from pathlib import Path

import pytest

from spanreg.dictionaries.artefact import write_dictionary
from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.file import File
from spanreg.dictionaries.ngram import Ngram
from spanreg.registry import ConfigurationError


def phrases(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_builds_from_a_config(tmp_path: Path) -> None:
    path = phrases(tmp_path / "list.txt", "New York\r\n\n  kick   the bucket \nword\nwell-known\nnew york\n")
    table = SpanDictionary.from_params({"type": "file", "path": path}).table()
    assert table.to_pydict() == {
        "ngram": ["new york", "kick the bucket", "well - known"],
        "n": [2, 3, 3],
        "count": [1, 1, 1],
    }


def test_one_word_phrases_are_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = phrases(tmp_path / "list.txt", "a b\none\ntwo\n" + "very " * 1000 + "long")
    assert File(path).table()["n"].to_pylist() == [2, 1001]
    assert "left out 2 phrases of one word" in caplog.text


def test_case_is_kept_where_asked(tmp_path: Path) -> None:
    path = phrases(tmp_path / "list.txt", "New York\nnew york\n")
    assert sorted(File(path, lowercase=False).table()["ngram"].to_pylist()) == ["New York", "new york"]
    assert File(path, lowercase=False).fingerprint() != File(path).fingerprint()


def test_reads_what_was_sampled(tmp_path: Path) -> None:
    sampled = Ngram(phrases(tmp_path / "corpus.txt", "a b c\na b c\n"), min_count=2)
    write_dictionary(sampled.table(), tmp_path / "d.parquet")
    read = File(str(tmp_path / "d.parquet"))
    assert read.table().equals(sampled.table(), check_metadata=True)
    assert read.fingerprint() == sampled.fingerprint()
    with pytest.raises(ConfigurationError, match=r"lowercase: lowercase is False, but .* sampled with True"):
        File(str(tmp_path / "d.parquet"), lowercase=False).table()


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"path: dictionary '.*none' does not exist"):
        File(str(tmp_path / "none")).table()
    with pytest.raises(ConfigurationError, match=r"path: dictionary '.*' is a folder"):
        File(str(tmp_path)).table()
    with pytest.raises(ConfigurationError, match="cannot be read as Parquet"):
        File(phrases(tmp_path / "fake.parquet", "a b\n")).table()
    with pytest.raises(ConfigurationError, match="holds no phrase of two words or more"):
        File(phrases(tmp_path / "short.txt", "word\n\n")).table()
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 au lait\n")
    with pytest.raises(ConfigurationError, match="line 1 is not UTF-8: byte 0xe9 at byte offset 3"):
        File(str(tmp_path / "latin.txt")).table()
