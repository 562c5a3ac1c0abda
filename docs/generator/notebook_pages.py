"""Pages of the notebooks below ``docs/notebooks``: their texts and their code."""

from __future__ import annotations

import json
from pathlib import Path

from docs.generator.navigation import DOCS


def notebook_pages() -> dict[str, str]:
    """Return the page of each notebook, by its path in the site."""
    return {notebook_page_path(path): notebook_page(path) for path in sorted((DOCS / "notebooks").glob("*.ipynb"))}


def notebook_page_path(path: Path) -> str:
    """Return the path in the site of a notebook's page."""
    return path.relative_to(DOCS).with_suffix(".md").as_posix()


def notebook_page(path: Path) -> str:
    """Return a notebook as Markdown, with a link to the notebook below its title."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"]) if isinstance(cell["source"], list) else cell["source"]
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    link = f"This page is the notebook [{path.name}]({path.name}); run it to see the results of its cells."
    return "\n\n".join([parts[0], link, *parts[1:]]) + "\n"
