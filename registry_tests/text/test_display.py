"""Tables and marked texts for notebooks and terminals, which show markup literally."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from spanreg.text.display import MOST_ROWS, MarkedText, TableView, html_text, spell_mapping


def rendered_text(view: TableView) -> str:
    """Return the text that a terminal without colours shows."""
    console = Console(file=StringIO(), width=100, force_terminal=False)
    console.print(view.rich())
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return str(text)


@pytest.mark.parametrize(
    ("spans", "pieces"),
    [
        ([], [("abcdef", False)]),
        ([(0, 2), (2, 4)], [("", False), ("ab", True), ("", False), ("cd", True), ("ef", False)]),
        ([(3, 9), (1, 3)], [("a", False), ("bc", True), ("", False), ("def", True), ("", False)]),
        ([(0, 4), (2, 6)], [("", False), ("abcd", True), ("ef", False)]),
        ([(2, 2)], [("abcdef", False)]),
    ],
)
def test_pieces_join_to_the_text(spans: list[tuple[int, int]], pieces: list[tuple[str, bool]]) -> None:
    found = list(MarkedText("abcdef", spans).pieces())
    assert found == pieces
    assert "".join(piece for piece, _ in found) == "abcdef"


def test_spans_have_colours_and_text_is_escaped() -> None:
    html = MarkedText("a <b> & c", [(0, 1), (2, 5)]).html()
    assert html.count("<mark") == 2
    assert "&lt;b&gt;</mark> &amp; c" in html
    assert [span.style for span in MarkedText("a b", [(0, 1), (2, 3)]).rich().spans] == [
        "black on bright_cyan",
        "black on bright_yellow",
    ]


def test_a_table_shows_numbers_none_and_notes() -> None:
    view = TableView("a title", ("name", "value"), [("x", 0.123456), ("y", None)], ["a note"])
    assert '<td style="text-align:left' in view.html()
    assert "0.1235" in view.html()
    assert "None" not in view.html()
    for text in ("a title", "0.1235", "a note"):
        assert text in rendered_text(view)


def test_a_long_table_is_truncated() -> None:
    view = TableView("t", ("n",), [(number,) for number in range(MOST_ROWS + 3)])
    assert f">{MOST_ROWS - 1}<" in view.html()
    assert f">{MOST_ROWS}<" not in view.html()
    assert "3 more rows" in view.html()
    assert "3 more rows" in rendered_text(view)


def test_markup_of_rich_is_shown_literally() -> None:
    assert "[red]x[/red] [/]" in rendered_text(TableView("[b]", ("[i]",), [("[red]x[/red] [/]",)]))


def test_html_text_escapes_markup_and_control_characters() -> None:
    assert html_text("<\x1b\ud800\">'") == "&lt;\u241b\ufffd&quot;&gt;&#x27;"
    assert html_text("\u202egnp.exe") == "\ufffdgnp.exe"


def test_spell_mapping_joins_keys_with_dots() -> None:
    assert spell_mapping({"a": {"b": 1, "c": {}}, "d": [1]}) == [("a.b", 1), ("a.c", {}), ("d", [1])]
