"""On which line of a Jsonnet file each key stands.

Jsonnet keeps no positions in its output, so the source is scanned: strings and comments are skipped, brackets are
counted. Keys of the object at the end of the file are found; what imports or functions bring is not, and goes by the
nearest key above it.
"""

from __future__ import annotations

import re
from pathlib import Path

TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*|//[^\n]*|/\*.*?\*/|\s+)
      |(?P<block>\|\|\|.*?\n[ \t]*+\|\|\|)
      |(?P<verbatim>@"(?:""|[^"])*"|@'(?:''|[^'])*')
      |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      |(?P<name>[A-Za-z_]\w*)
      |(?P<colon>\+?:{1,3})
      |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


def key_lines(file: Path) -> dict[str, int]:
    """Line of each dotted key path, counted from 1; empty where the file cannot be read."""
    try:
        return scan(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return {}


def scan(text: str) -> dict[str, int]:
    """The same for the text of a file; a key that comes twice counts where it comes last."""
    lines: dict[str, int] = {}
    stack: list[str | int | None] = []
    previous, line, next_line = "", 0, 1
    for match in TOKEN.finditer(text):
        part, here, next_line = match[0], next_line, next_line + match[0].count("\n")
        if match["skip"]:
            continue
        if part in "{[(":
            stack.append({"{": None, "[": 0, "(": "("}[part])
        elif part in "}])" and stack:
            stack.pop()
        elif part == "," and stack and stack[-1] != "(":
            stack[-1] = stack[-1] + 1 if isinstance(stack[-1], int) else None
        elif match["colon"] and stack and stack[-1] is None and previous:
            stack[-1] = previous
            if None not in stack:
                lines[".".join(str(step) for step in stack if step != "(")] = line
        previous = part.strip("\"'") if match["name"] or match["string"] else ""
        line = here
    return lines
