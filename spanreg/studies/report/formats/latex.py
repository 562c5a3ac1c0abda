"""Write a report's tables and texts in LaTeX, with booktabs and a key comment for each number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

from spanreg.studies.report.blocks import Block, Cell, Section, Table
from spanreg.studies.report.formats.latex_text import escaped

KEY_COMMENT: Final = "% spanreg: "
"Begins the comment that names the number before it."

_HEAD: Final = (
    r"% Written by spanreg report; needs \usepackage{booktabs}. Check the numbers: spanreg report DIR --verify FILE."
)


def latex(facts: dict[str, Any], sections: Sequence[Section]) -> str:
    """Return tables and paragraphs for a paper; charts are exported by ``--figures``.

    Args:
        facts: facts of the report.
        sections: what the report shows, in order.
    """
    parts = [_HEAD]
    for section in sections:
        # Labels name the study, since a paper has tables of several.
        name = facts["study"] if section.name == "results" else f"{facts['study']}-{section.name}"
        found = list(_blocks(section.blocks, name))
        parts += [f"% {escaped(section.title)}", *found] if found else []
    return "\n\n".join(parts) + "\n"


def _blocks(blocks: Sequence[Block], name: str) -> Iterator[str]:
    """Yield the paragraphs and tables of a section; the label of each table begins with a name."""
    tables = 0
    for block in blocks:
        if block.kind == "paragraph":
            yield escaped(block.text)
        elif block.kind == "table":
            tables += 1
            yield _table(block, name if tables == 1 else f"{name}-{tables}")


def _table(table: Table, name: str) -> str:
    notes = [f"{table.caption}." if table.caption else "", *table.notes]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{' '.join(map(escaped, filter(None, notes)))}}}",
            # A label may contain few characters; others would break references.
            rf"\label{{tab:{re.sub(r'[^A-Za-z0-9]+', '-', name)}}}",
            r"\begin{tabular}{l" + "r" * (len(table.columns) - 1) + "}",
            r"\toprule",
            " & ".join(map(escaped, table.columns)) + r" \\",
            r"\midrule",
            *map(_row, table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def _row(row: Sequence[Cell]) -> str:
    text = " & ".join(map(_cell, row)) + r" \\"
    # A star after ``\\`` would belong to that command, so an empty group separates it from the end of the row before.
    return "{}" + text if text.startswith("*") else text


def _cell(cell: Cell) -> str:
    """Return the text of a cell, with a key comment and a new line after each number."""
    parts = []
    for piece, following in zip_longest(cell, cell[1:], fillvalue=""):
        if isinstance(piece, str):
            parts.append(escaped(piece))
            continue
        shown = "$-$" + piece.text[1:] if piece.text.startswith("-") else escaped(piece.text)
        # The comment ends the line, and LaTeX skips spaces at the beginning of the next: one before it remains.
        space = " " if isinstance(following, str) and following.startswith(" ") else ""
        parts.append(f"{shown}{space}{KEY_COMMENT}{piece.key}\n  ")
    return "".join(parts)
