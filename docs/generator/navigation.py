"""Navigation of the site, read from the tables of ``docs/index.md``."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
KINDS = {
    "Tutorials": "tutorials",
    "How-to guides": "how-to",
    "Reference": "reference",
    "Results": "results",
    "Explanation": "explanation",
}
"Headings of the index, and the folders of their pages."
NOTEBOOKS = "notebooks"
"Folder of the notebooks, which the index may list under any heading."

_ROW = re.compile(r"^\| \[([^\]]+)\]\(([\w/-]+\.(?:md|ipynb))\)", re.MULTILINE)

Navigation = list[dict[str, object]]
"Entries as MkDocs expects them: a title with a path, or with a list of entries."


def sections(index: str) -> dict[str, list[tuple[str, str]]]:
    """Return title and path of each page, by the heading of ``docs/index.md`` under which it is listed.

    Args:
        index: text of the page.
    """
    parts = re.split(r"^## (.+)$", index, flags=re.MULTILINE)
    return {
        heading: _ROW.findall(text) for heading, text in zip(parts[1::2], parts[2::2], strict=True) if heading in KINDS
    }


def unlisted(index: str) -> list[str]:
    """Return the pages below ``docs/`` that the index does not list under the heading of their folder."""
    listed = {
        path
        for heading, rows in sections(index).items()
        for _, path in rows
        if path.startswith((KINDS[heading], NOTEBOOKS))
    }
    pages = {
        page.relative_to(DOCS).as_posix()
        for suffix in ("md", "ipynb")
        for page in DOCS.rglob(f"*.{suffix}")
        if not {"examples", "generator"} & set(page.relative_to(DOCS).parts)
    }
    return sorted(pages - listed - {"index.md"})


def navigation(index: str, added: dict[str, Navigation]) -> Navigation:
    """Return the navigation of the site: the pages of the index, and below each kind those that are generated.

    Args:
        index: text of ``docs/index.md``.
        added: generated entries, by heading; a heading that the index lacks becomes a new section.
    """
    entries: Navigation = [{"Home": "index.md"}]
    found = sections(index)
    for heading in [*found, *(name for name in added if name not in found)]:
        # The page of a notebook is generated beside it.
        pages: Navigation = [{title: re.sub(r"\.ipynb$", ".md", path)} for title, path in found.get(heading, [])]
        entries.append({heading: [*pages, *added.get(heading, [])]})
    return entries
