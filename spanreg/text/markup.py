"""Foreign texts within Markdown, CSV and terminals: they stay texts."""

from __future__ import annotations

import re
from typing import Final

_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
"A span of code, between runs of backticks of the same length."
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY: Final = re.compile(r"&(?=#?\w+;)")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CONTROLS: Final = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"}
_CONTROLS.update({0x7F: 0x2421, **dict.fromkeys(range(0x80, 0xA0), 0xFFFD)})


def markdown_text(text: str) -> str:
    """Return a text as Markdown that shows it: on one line, without HTML, links, code or cells of its own.

    >>> markdown_text("<b> & more")
    '&lt;b> & more'
    """
    line = re.sub(r"([\\`|\[\]])", r"\\\1", " ".join(text.split()))
    return _without_html(line)


def markdown_code(text: str) -> str:
    """Return a text as a span of code for a cell of a table."""
    line = " ".join(text.split()).replace("|", "\\|")
    longest = max(map(len, re.findall("`+", line)), default=0)
    if not longest:
        return f"`{line}`"
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}"


def markdown_cell(text: str) -> str:
    """Return Markdown for a cell of a table: what its author formatted stays, but there is no HTML."""
    parts, at = list[str](), 0
    for code in _CODE.finditer(text):
        parts += [_without_html(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _without_html(text[at:])]).replace("|", "\\|").replace("\n", " ")


def csv_cell(value: object) -> object:
    """Return a cell that a spreadsheet does not take for a formula: a text that begins like one gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def visible(text: str) -> str:
    """Return a text with signs in the place of control characters, which a terminal would obey."""
    return text.translate(_CONTROLS)


def _without_html(text: str) -> str:
    return _TAG.sub("&lt;", _ENTITY.sub("&amp;", text))
