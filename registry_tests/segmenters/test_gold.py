"""Spans that a file lists: equality with a slow loop, formats of the file, and refused spans."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.file import FileDictionary
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.gold import GoldSegmenter, begins_of_spans
from spanreg.segmenters.max_match import MaxMatchSegmenter
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.text.unicode.words import find_words

ROWS = [
    {"text": "New York City is big.", "spans": [[0, 13], [14, 20]]},
    {"text": "", "spans": []},
    {"text": "ça va bien", "spans": [[3, 10]]},
]


def write_rows(path: Path, rows: list[object]) -> Path:
    """Write JSON lines and return their path."""
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_json_lines_and_parquet_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"gold.{kind}"
    if kind == "jsonl":
        write_rows(path, ROWS)
    else:
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    segmenter = Segmenter.from_params({"type": "gold", "path": str(path)})
    words = find_words([ROWS[2]["text"], "", ROWS[0]["text"]])
    assert segmenter.begins(words).tolist() == [True, True, False, True, False, False, True, False, True]
    assert segmenter.begins(find_words([])).tolist() == []


def test_the_columns_are_configurable(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "gold.jsonl", [{"sentence": "a b c", "chunks": [[2, 5]], "more": 1}])
    segmenter = Segmenter.from_params(
        {"type": "gold", "path": str(path), "text_column": "sentence", "spans_column": "chunks"}
    )
    assert segmenter.begins(find_words(["a b c"])).tolist() == [True, True, False]


def test_a_file_of_another_segmenters_spans_gives_the_same_spans(tmp_path: Path) -> None:
    (tmp_path / "phrases.txt").write_text("new york\nis big\n", encoding="utf-8")
    source = MaxMatchSegmenter(FileDictionary(str(tmp_path / "phrases.txt")))
    texts = ["In New York, it is big", "new  york"]
    spans = segment_texts(source, texts)
    rows = [
        {"text": text, "spans": [[span.start, span.end] for span in text_spans]}
        for text, text_spans in zip(texts, spans, strict=True)
    ]
    assert segment_texts(GoldSegmenter(str(write_rows(tmp_path / "g.jsonl", rows))), texts) == spans


BOUNDARIES = st.lists(st.integers(0, 14), unique=True, max_size=6).map(sorted)


@given(st.text("ab .", max_size=14), BOUNDARIES)
@settings(max_examples=300)
def test_equals_a_slow_loop(text: str, boundaries: list[int]) -> None:
    spans = [(a, b) for a, b in zip(boundaries[::2], boundaries[1::2], strict=False) if b <= len(text)]
    words = find_words([text])
    places = list(zip(words.starts.tolist(), words.ends.tolist(), strict=True))
    expected = [
        i == 0 or not any(a <= places[i - 1][0] and places[i][1] <= b for a, b in spans) for i in range(len(places))
    ]
    assert begins_of_spans(words, 0, spans).tolist() == expected


def test_texts_without_spans_are_refused_or_segmented_otherwise(tmp_path: Path) -> None:
    path = str(write_rows(tmp_path / "gold.jsonl", ROWS))
    with pytest.raises(ConfigurationError, match=r"has no spans for 1 of 2 texts, such as 'who\?'"):
        GoldSegmenter(path).begins(find_words(["who?", ROWS[0]["text"]]))
    with_fallback = Segmenter.from_params({"type": "gold", "path": path, "otherwise": "whole"})
    assert with_fallback.begins(find_words(["who?", "ça va bien"])).tolist() == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (["text"], "jsonl:1: not a JSON object"),
        ([{"text": "a"}], "jsonl:1: has no column 'spans'. it has: text"),
        ([{"text": 1, "spans": []}], "jsonl:1: expected a string as text, got 1"),
        ([{"text": "a b", "spans": [1]}], "jsonl:1: the spans are [1]"),
        ([{"text": "a b", "spans": None}], "jsonl:1: the spans are None"),
        (
            [{"text": "a b", "spans": [[0, 4]]}],
            "jsonl:1: the span [0, 4] is not within the text. the text has 3 characters",
        ),
        ([{"text": "a b", "spans": [[1, 1]]}], "the span [1, 1] is not within the text"),
        ([{"text": "a b", "spans": [[0, 2], [1, 3]]}], "the span [1, 3] overlaps another one"),
        ([{"text": "a b", "spans": []}, {"text": "a b", "spans": [[0, 3]]}], "jsonl:2: the text 'a b' has other spans"),
    ],
)
def test_malformed_spans_are_refused_with_their_line(tmp_path: Path, rows: list[object], problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        GoldSegmenter(str(write_rows(tmp_path / "gold.jsonl", rows))).begins(find_words(["a"]))
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["sentence", "labels"], r"gold\.parquet: has no column 'text'. it has: sentence, labels"),
        (["text", "labels"], r"gold\.parquet: has no column 'spans'. it has: text, labels"),
        (["text", "text"], r"gold\.parquet: several columns are called 'text'. give each column a different name"),
    ],
)
def test_parquet_files_without_the_columns_are_refused(tmp_path: Path, names: list[str], problem: str) -> None:
    pq.write_table(pa.table([["a b"], ["a b"]], names=names), tmp_path / "gold.parquet")
    with pytest.raises(ConfigurationError, match=problem):
        GoldSegmenter(str(tmp_path / "gold.parquet")).begins(find_words(["a b"]))


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("none.jsonl", None, "does not exist"),
        ("bad.jsonl", b"{", "jsonl:1: not JSON"),
        ("bad.parquet", b"PAR1", "cannot be read as Parquet"),
    ],
)
def test_unreadable_files_are_refused(tmp_path: Path, name: str, content: bytes | None, problem: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=problem):
        GoldSegmenter(str(tmp_path / name)).begins(find_words(["a"]))
