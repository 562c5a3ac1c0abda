"""Write a report in GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from spanreg.studies.report.blocks import Block, Section, Table, plain
from spanreg.text.markup import markdown_text


def markdown(facts: dict[str, Any], sections: Sequence[Section]) -> str:
    """Return texts and tables of a report; charts are in the page and in exported figures.

    Args:
        facts: facts of the report.
        sections: what the report shows, in order.
    """
    lines = [f"## {markdown_text(facts['study'])}", markdown_text(facts["headline"])]
    for place, section in enumerate(sections):
        found = [text for block in section.blocks for text in _block(block)]
        # The first section is the table of arms in most reports, which the title above belongs to.
        title = [f"### {markdown_text(section.title)}"] if place or section.name != "results" else []
        lines += [*title, *found] if found else []
    return "\n\n".join(lines) + "\n"


def _block(block: Block) -> Iterator[str]:
    """Yield the paragraphs of a block; a chart has none."""
    if block.kind == "paragraph":
        yield markdown_text(block.text)
    elif block.kind == "table":
        yield _table(block)
        if block.caption:
            yield f"Caption: {markdown_text(block.caption)}."
        yield from map(markdown_text, block.notes)


def _table(table: Table) -> str:
    """Return a table in Markdown; only GitHub's dialect has tables."""
    lines = [list(table.columns), ["---"] * len(table.columns), *([plain(cell) for cell in row] for row in table.rows)]
    return "\n".join("| " + " | ".join(map(markdown_text, line)) + " |" for line in lines)
