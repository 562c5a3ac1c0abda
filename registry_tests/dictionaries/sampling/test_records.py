"""Corpora of JSON lines and Parquet have the same counts as plain text, and clear errors."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.dictionaries.sampling.records import documents
from spanreg.registry import ConfigurationError
from spanreg.scorers.document_frequency import DocumentFrequencyScorer

TEXTS = ["a b c", "", "b c\na b", None, "c a b c", "ends with a\u2028b"]


@pytest.fixture(autouse=True)
def equal_corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the same texts in every format, into the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    Path("plain.txt").write_text("a b c\nb c\na b\nc a b c\nends with a\u2028b", encoding="utf-8")
    lines = "\n".join(json.dumps({"id": i, "text": text}) for i, text in enumerate(TEXTS))
    Path("lines.jsonl").write_text(lines + "\n\n", encoding="utf-8")
    Path("packed.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    Path("UPPER.JSONL.GZ").write_bytes(gzip.compress(lines.encode()))
    pq.write_table(pa.table({"text": TEXTS, "id": range(len(TEXTS))}), "rows.parquet")


@pytest.mark.parametrize("name", ["lines.jsonl", "packed.jsonl.gz", "rows.parquet", "UPPER.JSONL.GZ"])
def test_records_are_counted_like_their_texts(name: str) -> None:
    assert NgramDictionary(name, min_count=2).fingerprint() == NgramDictionary("plain.txt", min_count=2).fingerprint()
    table = NgramDictionary(name, min_count=1, scores=[DocumentFrequencyScorer()]).table()
    rows = {row["ngram"]: (row["count"], row["document_frequency"]) for row in table.to_pylist()}
    assert rows["a b"] == (4, 4)
    assert rows["b c"] == (3, 3), "the paragraphs of a record are one document"


def test_the_cache_key_covers_the_field_and_the_format() -> None:
    Path("other.jsonl").write_text('{"body": "a b a b", "text": "c d c d"}\n')
    assert NgramDictionary("other.jsonl", min_count=2).table()["ngram"].to_pylist() == ["c d"]
    assert NgramDictionary("other.jsonl", min_count=2, text_field="body").table()["ngram"].to_pylist() == ["a b"]
    Path("other.txt").write_bytes(Path("other.jsonl").read_bytes())
    assert NgramDictionary("other.txt", min_count=2).table()["ngram"].to_pylist() == ["a b", "c d"]


MALFORMED_RECORDS = {
    "2: not JSON: ": ("x.jsonl", b'{"text": "a"}\n{"text"\n'),
    "1: not a JSON object. write one JSON object on every line": ("x.jsonl", b"[1]\n"),
    "1: has no 'text'. did you mean 'texts'?": ("x.jsonl", b'{"texts": "a"}\n'),
    "1: has no text in 'text'. set text_field to the field of the text": ("x.jsonl", b'{"text": 1}\n'),
    " line 1 is not UTF-8: byte 0xff at byte offset 10": ("x.jsonl", b'{"text": "\xff"}\n'),
    " cannot be read as Parquet: ": ("x.parquet", b"no parquet"),
}


@pytest.mark.parametrize("message", MALFORMED_RECORDS)
def test_malformed_records_are_refused_with_their_line(message: str) -> None:
    name, content = MALFORMED_RECORDS[message]
    Path(name).write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        NgramDictionary(name, min_count=1).table()
    assert f"{name}:{message}" in str(caught.value)


def test_missing_columns_and_columns_without_text_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"rows.parquet: the column 'id' has the type int64, expected strings"):
        NgramDictionary("rows.parquet", text_field="id").table()
    with pytest.raises(ConfigurationError, match=r"rows.parquet: has no column 'body'. columns: text, id"):
        NgramDictionary("rows.parquet", text_field="body").table()
    pq.write_table(pa.table([["a b"], ["c d"]], names=["text", "text"]), "twice.parquet")
    with pytest.raises(ConfigurationError, match=r"twice.parquet: several columns are called 'text'"):
        NgramDictionary("twice.parquet").table()


def test_lone_surrogates_are_replaced() -> None:
    assert documents(["a \ud800b", None, "c\nd"]) == "a \ufffdb\n\nc\vd\n".encode()
