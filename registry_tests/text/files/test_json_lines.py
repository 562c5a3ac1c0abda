"""JSON Lines: objects are read unchanged, or rejected with line and column."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import byte_lines
from spanreg.text.files.encoding import without_mark
from spanreg.text.files.json_lines import MAX_DEPTH, parse_json_line, read_objects


def test_lines_are_numbered_and_blank_ones_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(codecs.BOM_UTF8 + '\n{"a": 1}\r\n \t\n{"b": "\u2028"}'.encode())
    assert list(read_objects(tmp_path / "a.jsonl")) == [(2, {"a": 1}), (4, {"b": "\u2028"})]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"a": 1', "f:1: not JSON: Expecting ',' delimiter at column 8"),
        ("[1]", "f:1: not a JSON object"),
        (b'{"a": "\xff"}', "f:1: not UTF-8 (byte 7)"),
        ('{"a": 1, "a": 2}', 'f:1: the key "a" is given twice. write every key once'),
        ('{"x": {"a": 1, "a": 2}}', 'f:1: the key "a" is given twice'),
        ('\ufeff{"a": 1}', "f:1: not JSON: Unexpected UTF-8 BOM"),
        (
            '{"a": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}",
            f"f:1: not JSON: it is nested more than {MAX_DEPTH} levels",
        ),
        ("[" * 100_000, "f:1: not JSON: it is nested more than"),
        ('{"a": ' + "9" * 5000 + "}", "f:1: not JSON: Exceeds the limit"),
    ],
)
def test_lines_that_are_not_objects_are_rejected(line: str | bytes, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_json_line(line, "f:1")
    assert str(caught.value).startswith(message)


def test_brackets_in_strings_and_siblings_do_not_count_as_nesting() -> None:
    value = {"a": "[" * 500, "b": [[1, 2]] * 300, "c": '\\"[' * 200}
    assert parse_json_line(json.dumps(value), "f:1") == value


def test_numbers_keep_all_their_digits() -> None:
    assert parse_json_line('{"a": 1000000000000000000000000000001}', "f:1") == {"a": 10**30 + 1}


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    assert parse_json_line('{"\\ud800": ["\\udfff", "\\ud83d\\ude00"]}', "f:1") == {"\ufffd": ["\ufffd", "\U0001f600"]}


def test_only_the_chunks_of_a_byte_order_mark_are_read() -> None:
    chunks = iter([b"a", b"b"])
    skipped, rest = without_mark(chunks, "f")
    assert (skipped, next(rest)) == (0, b"a")
    skipped, rest = without_mark(iter([b"\xef", b"\xbb", b"\xbfab", b"c"]), "f")
    assert (skipped, list(rest)) == (3, [b"ab", b"c"])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_rejected(encoding: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^f: is text in UTF-(16|32)\. convert it to UTF-8"):
        without_mark(["text,label".encode(encoding)], "f")


def test_lines_are_read_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(codecs.BOM_UTF8 + b"a\n\n\xff\nb")
    assert list(byte_lines(tmp_path / "a")) == [b"a", b"", b"\xff", b"b"]
