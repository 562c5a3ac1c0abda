"""Lines of keys in the texts of Jsonnet and JSON files."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.registry.config.positions import key_lines, scan


def test_keys_of_nested_objects_and_lists_have_lines() -> None:
    text = """{
  a: {
    b: 1,
    'c': { d: 2 }, "e": 3,
  },
  f: [
    { g: 1 },
    2,
    { g: 2,
 h: 3 },
  ],
}"""
    assert scan(text) == {
        "a": 2, "a.b": 3, "a.c": 4, "a.c.d": 4, "a.e": 4, "f": 6, "f.0.g": 7, "f.2.g": 9, "f.2.h": 10,
    }  # fmt: skip


def test_comments_and_strings_are_skipped() -> None:
    text = """// { x: 1 }
    # { y: 1 }
    /* { z: 1,
    */
    {
      a: "{ b: 1, // no",
      c: 'it\\'s { d: 1',
      e: @'C:\\',
      f: @"two "" quotes { g: 1",
      h: 1,  // h: 2
    }"""
    assert scan(text) == {"a": 6, "c": 7, "e": 8, "f": 9, "h": 10}


def test_text_blocks_are_skipped() -> None:
    assert scan("{\n  a: |||\n    { b: 1,\n    c: ]\n  |||,\n  d: 2,\n}") == {"a": 2, "d": 6}


def test_keys_in_locals_functions_and_arithmetic_have_lines() -> None:
    text = """local base = { size: 1 };
local make(n) = { count: n };
{
  a: base + { depth: 2 },
  b: make(3) { extra: 4 },
  c: std.mergePatch(base, {
    size: 5,
  }),
  d: if 1 > 0 then { e: 1 } else { f: 2 },
  g: [1, 2, 3][0:2],
  local hidden = { q: 1 },
  h+: { i: 1 },
  j:: 2,
  assert self.a.size > 0 : 'no',
  k: 3,
}"""
    lines = scan(text)
    expected = {
        "size": 1, "count": 2, "a": 4, "a.depth": 4, "b": 5, "b.extra": 5, "c": 6, "c.size": 7, "d": 9, "d.e": 9,
        "d.f": 9, "g": 10, "h": 12, "h.i": 12, "j": 13, "k": 15,
    }  # fmt: skip
    assert {key: lines.get(key) for key in expected} == expected
    assert not [key for key in lines if "None" in key or "hidden" in key]


def test_computed_keys_have_no_lines() -> None:
    assert scan("{\n ['a' + 1]: { b: 1 },\n [if true then 'c']: 2,\n d: { e: 3 } }") == {"d": 4, "d.e": 4}


def test_a_repeated_key_has_the_line_of_its_last_place() -> None:
    assert scan("local x = {\n a: 1 };\nx + {\n a: 2 }") == {"a": 4}


def test_invalid_texts_have_no_lines() -> None:
    for text in ("", "}}]])", "{{{{", '"', "'", "|||", "/*", ": : :", "a: 1"):
        assert scan(text) == {}


def test_a_file_that_cannot_be_read_has_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{\n"a": 1}')
    assert key_lines(file) == {"a": 2}
    assert key_lines(tmp_path / "absent") == {}
    file.write_bytes(b"\xff")
    assert key_lines(file) == {}


json_values = st.recursive(
    st.integers(0, 9) | st.text("ab{}[]:,'\"\\/#|", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from("abcd"), json_values, max_size=3))
def test_every_key_of_a_json_file_has_its_line(value: dict[str, object]) -> None:
    text = json.dumps(value, indent=1)
    lines = scan(text)
    assert set(lines) == set(key_paths(value, ""))
    for path, line in lines.items():
        key = path.rpartition(".")[2]
        assert text.splitlines()[line - 1].lstrip().startswith(f'"{key}":')


def key_paths(value: object, prefix: str) -> list[str]:
    """Return the dotted paths of all keys of objects within a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    own = [f"{prefix}{key}" for key, _ in items] if isinstance(value, dict) else []
    return own + [path for key, item in items for path in key_paths(item, f"{prefix}{key}.")]


@pytest.mark.parametrize(
    "text",
    [
        "{ a: |||\n  x\n" + "\n" * 300_000 + "|||, b: 1 }",
        "{ a: |||\n  x\n" + "  \n" * 100_000 + "|||, b: 1 }",
        "{ a: '" + "\\\\" * 300_000 + "', b: 1 }",
        "{ a: " + "[" * 100 + "]" * 100 + ", /*" + "*" * 300_000 + "*/ b: 1 }",
        "{ " + " " * 500_000 + "a: 1, b: 1 }",
        "{ a: 1, b: 1 } " + "|||\n" * 100_000,
        "{ a: 1, b: 1 } " + '"\\' * 100_000,
        "{ a: 1, b: 1 } " + "/* " * 100_000,
        "{ a: 1, b: 1, " + "k" * 100_000 + ": {" + "c: 1, " * 20_000 + "} }",
    ],
    ids=[
        *("empty lines", "blank lines", "escapes", "comment", "spaces"),
        *("open blocks", "open strings", "open comments", "a long key"),
    ],
)
def test_hostile_texts_are_scanned_in_linear_time(text: str) -> None:
    # Texts so long that a scan of quadratic time exceeds the limit.
    began = time.perf_counter()
    assert set(scan(text)) >= {"a", "b"}
    assert time.perf_counter() - began < 2
