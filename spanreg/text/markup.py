"""Escaping of texts from users and data for Markdown, CSV files and terminals."""

from __future__ import annotations

import re
from typing import Final

_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
"Inline code, between two runs of backticks of the same length."
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY: Final = re.compile(r"&(?=#?\w+;)")
# Spreadsheets run a cell that starts with one of these as a formula, after a tab or a line break, too. Excel also reads
# the full-width forms of the four signs.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Control pictures (U+2400 and on) show C0 controls; there are none for C1, which terminals obey as well.
_CONTROLS: Final = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS.update({0x7F: 0x2421, **dict.fromkeys(range(0x80, 0xA0), 0xFFFD)})
# Embeddings, overrides and isolates change the order of the text after them: ``exe.png`` may be shown for ``gnp.exe``.
_CONTROLS.update(dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD))


def markdown_text(text: str) -> str:
    """Return a text escaped for Markdown: on one line, without HTML, links, code or table cells.

    >>> markdown_text("<b> & more")
    '&lt;b> & more'
    """
    line = re.sub(r"([\\`|\[\]])", r"\\\1", " ".join(text.split()))
    return _without_html(line)


def markdown_code(text: str) -> str:
    """Return a text as inline code for a table cell.

    >>> markdown_code("a b")
    '`a b`'
    """
    line = " ".join(text.split()).replace("|", "\\|")
    longest = max(map(len, re.findall("`+", line)), default=0)
    if not longest:
        return f"`{line}`"
    # A fence longer than any run of backticks inside is the only way to quote backticks in Markdown.
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}"


def markdown_cell(text: str) -> str:
    """Return Markdown for a table cell: its formatting is kept, HTML is escaped."""
    # Within inline code, < and & are shown as they are: escaping them there would show the escapes.
    parts, at = list[str](), 0
    for code in _CODE.finditer(text):
        parts += [_without_html(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _without_html(text[at:])]).replace("|", "\\|").replace("\n", " ")


def csv_cell(value: object) -> object:
    """Return a cell for a spreadsheet; a text that would be run as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def visible(text: str) -> str:
    r"""Return a text with visible signs in place of control characters, which a terminal would obey.

    >>> visible("\x1b[2J")
    '␛[2J'
    """
    return text.translate(_CONTROLS)


def _without_html(text: str) -> str:
    return _TAG.sub("&lt;", _ENTITY.sub("&amp;", text))
