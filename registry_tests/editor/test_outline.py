"""TextOutline: the key or value at a position of a Jsonnet text, even if the text is incomplete."""

from __future__ import annotations

import pytest

from spanreg.editor.outline import KeyPath, TextOutline


# The bar marks the position.
@pytest.mark.parametrize(
    ("text", "path", "at", "word"),
    [
        ("|", (), "value", ""),
        ("{ |", (), "key", ""),
        ("{ agg|", (), "key", "agg"),
        ("{ agg|: 1 }", (), "key", "agg"),
        ("{ a: |", ("a",), "value", ""),
        ("{ a: 'x|' }", ("a",), "value", "x"),
        ("{ a: 'x|", ("a",), "value", "x"),
        ("{ a: { b|", ("a",), "key", "b"),
        ("{ a: { b: 1 }, |", (), "key", ""),
        ("{ a: [{ b: 1 }, { |", ("a", 1), "key", ""),
        ("{ a: [1, |", ("a", 1), "value", ""),
        ("{ 'a': f(|", ("a",), "value", ""),
        ("local x = { z: 1 };\n{ a: (import 'b') + { |", ("a",), "key", ""),
        ("// { a:\n{ b: |", ("b",), "value", ""),
        ("{ a: '}', |", (), "key", ""),
        ("} ] |", (), "value", ""),
    ],
)
def test_key_or_value_at_a_position(text: str, path: KeyPath, at: str, word: str) -> None:
    position = text.index("|")
    found = TextOutline(text.replace("|", "")).at(position)
    assert (found.path, found.at, found.word) == (path, at, word)
    assert found.start == position - len(word)


def test_keys_and_values_of_a_text() -> None:
    outline = TextOutline("{ data: { type: 'demo' }, words: ['a', { type: \"b\" }], training+: { epochs: 1 } }")
    assert outline.values == {("data", "type"): "demo", ("words", 0): "a", ("words", 1, "type"): "b"}
    assert list(outline.keys) == [
        ("data",), ("data", "type"), ("words",), ("words", 1, "type"), ("training",), ("training", "epochs"),
    ]  # fmt: skip
    site = outline.keys["training", "epochs"]
    assert outline.text[site.start : site.end] == "epochs"
