"""Find the line of each key in a Jsonnet file.

The output of Jsonnet has no positions, so the source is scanned: strings and comments are skipped, brackets are
counted. Only keys of the object at the end of the file are found. A key that comes from an import or a function has the
line of the nearest enclosing key.
"""

from __future__ import annotations

import re
from pathlib import Path

# What is not closed ends with the text: searched again from each later opening, it would take quadratic time. For the
# same reason the repetitions are possessive (``*+``), so that they never backtrack.
TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|\s+)
      |(?P<block>\|\|\|.*?(?:\n[ \t]*+\|\|\||\Z))
      |(?P<verbatim>@"(?:""|[^"])*+(?:"|\Z)|@'(?:''|[^'])*+(?:'|\Z))
      |(?P<string>"(?:\\.|[^"\\])*+(?:"|\\?\Z)|'(?:\\.|[^'\\])*+(?:'|\\?\Z))
      |(?P<name>[A-Za-z_]\w*)
      |(?P<colon>\+?:{1,3})
      |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)

_MOST_CHARACTERS = 1 << 24
"Length of all key paths together; further keys have no line."


def key_lines(file: Path) -> dict[str, int]:
    """Return the line of each dotted key path, counted from 1; nothing if the file cannot be read."""
    try:
        return scan(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return {}


def scan(text: str) -> dict[str, int]:
    """Return the line of each dotted key path in a text; of duplicate keys, the last line."""
    lines: dict[str, int] = {}
    # One entry for each open bracket: the current key of an object (None before it), the index in a list, or "(".
    stack: list[str | int | None] = []
    previous, line, next_line, left = "", 0, 1, _MOST_CHARACTERS
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
            # Counted first: a long key with many keys below it would take all memory.
            left -= sum(len(str(step)) for step in stack)
            if left < 0:
                break
            # An outer key that is computed, ``[name]:``, is unknown, and so is everything below it.
            if None not in stack:
                lines[".".join(str(step) for step in stack if step != "(")] = line
        previous = part.strip("\"'") if match["name"] or match["string"] else ""
        line = here
    return lines
