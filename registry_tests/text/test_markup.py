"""Texts of users in Markdown, CSV and terminals, which show them literally."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.text.markup import csv_cell, markdown_cell, markdown_code, markdown_text, visible

HOSTILE_TEXTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</td></table><svg/onload=alert(1)>",
    "<!-- comment",
    "&lt;b&gt;",
    "a | b",
    "a \\| b",
    "`code` <b>",
    "`` ` <b> ``` x",
    "[link](javascript:alert(1))",
    "![x](https://example.com/x.png)",
    "two\nlines\n\n# heading",
    "C:\\folder\\",
]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_texts_are_shown_literally(text: str) -> None:
    shown = rendered_cell(markdown_text(text))
    assert shown == " ".join(text.split())


def rendered_cell(line: str) -> str:
    """Return the text that a table cell of GitHub Markdown shows; fail if the cell has active markup."""
    characters, at = [], 0
    while at < len(line):
        if line[at] == "\\" and at + 1 < len(line) and line[at + 1] in "\\`|[]<&":
            characters.append(line[at + 1])
            at += 2
            continue
        assert line[at] not in "`|[]\n", f"{line[at]!r} at {at} in {line}"
        assert not (line[at] == "<" and line[at + 1 : at + 2].isalpha()), line
        characters.append(line[at])
        at += 1
    return "".join(characters).replace("&lt;", "<").replace("&amp;", "&")


@given(st.text("ab<>!/`|\\[]()&; \n", max_size=30))
def test_every_text_is_shown_literally(text: str) -> None:
    assert rendered_cell(markdown_text(text)).replace("&", "") == " ".join(text.split()).replace("&lt;", "<").replace(
        "&", ""
    )


def test_code_with_backticks_and_pipes() -> None:
    assert markdown_code('{"a": 1}') == '`{"a": 1}`'
    assert markdown_code("a|b\nc") == "`a\\|b c`"
    assert markdown_code("a`b``c") == "``` a`b``c ```"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("`a < b` and <b>, `` ` `` | x", "`a < b` and &lt;b>, `` ` `` \\| x"),
        ("`` ` <b> ``` x", "`` ` &lt;b> ``` x"),
        ("two\nlines", "two lines"),
        ("tokens -> spans, p < 0.05", "tokens -> spans, p < 0.05"),
    ],
)
def test_a_cell_keeps_code_and_escapes_html(text: str, cell: str) -> None:
    assert markdown_cell(text) == cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_csv_cells_are_never_formulas(start: str) -> None:
    assert csv_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert csv_cell(-1.5) == -1.5
    assert csv_cell("plain - text") == "plain - text"


def test_control_characters_are_made_visible() -> None:
    assert visible("a\x1b[2J\x07\x9b\x7fb\tc\nd é") == "a␛[2J␇\ufffd␡b\tc\nd é"
    assert visible("\u202egnp.exe \u2067a\u2069 \u200fאב") == "\ufffdgnp.exe \ufffda\ufffd \u200fאב"
