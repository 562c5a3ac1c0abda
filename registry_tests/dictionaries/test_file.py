"""Dictionaries from files: lists of phrases and sampled dictionaries."""

import gzip
import json
from pathlib import Path

import pytest

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.tables.artefact import write_dictionary
from spanreg.registry import ConfigurationError


def write_text(path: Path, text: str) -> str:
    """Write a file and return its path."""
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_builds_from_a_config(tmp_path: Path) -> None:
    path = write_text(tmp_path / "list.txt", "New York\r\n\n  kick   the bucket \nword\nwell-known\nnew york\n")
    table = SpanDictionary.from_params({"type": "file", "path": path}).table()
    assert table.to_pydict() == {
        "ngram": ["new york", "kick the bucket", "well - known"],
        "n": [2, 3, 3],
        "count": [1, 1, 1],
    }


def test_phrases_of_one_word_are_skipped_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_text(tmp_path / "list.txt", "a b\none\ntwo\n" + "very " * 1000 + "long")
    assert FileDictionary(path).table()["n"].to_pylist() == [2, 1001]
    assert "skipped 2 phrases of one word" in caplog.text


def test_letter_case_is_kept_on_request(tmp_path: Path) -> None:
    path = write_text(tmp_path / "list.txt", "New York\nnew york\n")
    assert sorted(FileDictionary(path, lowercase=False).table()["ngram"].to_pylist()) == ["New York", "new york"]
    assert FileDictionary(path, lowercase=False).fingerprint() != FileDictionary(path).fingerprint()


def test_a_sampled_dictionary_is_read_unchanged(tmp_path: Path) -> None:
    sampled = NgramDictionary(write_text(tmp_path / "corpus.txt", "a b c\na b c\n"), min_count=2)
    write_dictionary(sampled.table(), tmp_path / "d.parquet")
    loaded = FileDictionary(str(tmp_path / "d.parquet"))
    assert loaded.table().equals(sampled.table(), check_metadata=True)
    assert loaded.fingerprint() == sampled.fingerprint()
    with pytest.raises(ConfigurationError, match=r"lowercase: is false, but the dictionary was sampled with true"):
        FileDictionary(str(tmp_path / "d.parquet"), lowercase=False).table()


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"path: dictionary '.*none' does not exist"):
        FileDictionary(str(tmp_path / "none")).table()
    with pytest.raises(ConfigurationError, match=r"path: dictionary '.*' is a folder"):
        FileDictionary(str(tmp_path)).table()
    with pytest.raises(ConfigurationError, match="cannot be read as Parquet"):
        FileDictionary(write_text(tmp_path / "fake.parquet", "a b\n")).table()
    with pytest.raises(ConfigurationError, match="has no phrase of two or more words"):
        FileDictionary(write_text(tmp_path / "short.txt", "word\n\n")).table()
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 au lait\n")
    with pytest.raises(ConfigurationError, match="line 1 is not UTF-8: byte 0xe9 at byte offset 3"):
        FileDictionary(str(tmp_path / "latin.txt")).table()


def test_tab_separated_lists_may_have_scores_and_counts(tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "list.tsv", "ngram\tpmi\tcount\nNew York\t0.5\t7\r\nword\t1\t1\n\non thin ice\t-1e-1\t3\n"
    )
    assert FileDictionary(path).table().to_pydict() == {
        "ngram": ["new york", "on thin ice"],
        "n": [2, 3],
        "count": [7, 3],
        "pmi": [0.5, -0.1],
    }
    without_header = write_text(tmp_path / "COUNTS.TSV", "a b\t7\nb c\n")
    assert FileDictionary(without_header).table()["count"].to_pylist() == [7, 1]


def test_json_lines_may_be_compressed(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl.gz"
    lines = [{"ngram": "New York", "score": 2}, {"score": 1.5, "ngram": "kick the bucket"}]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    table = SpanDictionary.from_params({"type": "file", "path": str(path)}).table()
    assert table.to_pylist() == [
        {"ngram": "new york", "n": 2, "count": 1, "score": 2.0},
        {"ngram": "kick the bucket", "n": 3, "count": 1, "score": 1.5},
    ]


def test_contradictory_duplicates_are_refused_or_resolved_on_request(tmp_path: Path) -> None:
    path = write_text(tmp_path / "list.tsv", "a b\t1\nc d\t2\nA b\t3\nc d\t2\n")
    with pytest.raises(ConfigurationError, match=r"'a b' has count 1 in line 1 and count 3 in line 3\. rem"):
        FileDictionary(path).table()
    assert FileDictionary(path, duplicates="first").table().to_pydict()["count"] == [2, 1]
    assert FileDictionary(path, duplicates="last").table().to_pydict()["count"] == [3, 2]
    assert FileDictionary(path, lowercase=False).table().num_rows == 3


MALFORMED_LISTS = {
    "1: has 3 fields, expected at most 2. name the columns in the first line": ("x.tsv", "a b\t1\t2\n"),
    "2: expected a number, got 'many'. give a finite number": ("x.tsv", "a b\t1\nb c\tmany\n"),
    "1: expected a number, got 'nan'": ("x.tsv", "a b\tnan\n"),
    "3: has fewer fields than columns. give ngram, count, pmi": (
        "x.tsv",
        "ngram\tcount\tpmi\na b\t1\t1\na c\t2\n",
    ),
    "3: has fewer fields than columns. give ngram, count": ("y.tsv", "ngram\tcount\na b\t1\na c\n"),
    " a column of numbers is called 'n'": ("x.tsv", "ngram\tn\na b\t2\n"),
    "1: expected an integer of at least 0 as count, got 1.5. correct the count": ("x.tsv", "a b\t1.5\n"),
    "2: not JSON: ": ("x.jsonl", '{"ngram": "a b"}\n{\n'),
    "1: has no phrase under 'ngram'": ("x.jsonl", '{"text": "a b"}\n'),
    "2: has the keys ngram, and the first line ngram, pmi": (
        "x.jsonl",
        '{"ngram": "a b", "pmi": 1}\n{"ngram": "a c"}\n',
    ),
    "1: expected a number, got None": ("x.jsonl", '{"ngram": "a b", "pmi": null}\n'),
}


@pytest.mark.parametrize("message", MALFORMED_LISTS)
def test_malformed_lists_are_refused_with_their_line(tmp_path: Path, message: str) -> None:
    name, text = MALFORMED_LISTS[message]
    with pytest.raises(ConfigurationError) as caught:
        FileDictionary(write_text(tmp_path / name, text)).table()
    assert f"{name}:{message}" in str(caught.value)
