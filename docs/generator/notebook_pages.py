"""Pages of the notebooks below ``docs/notebooks``: their texts, their code, and what the code shows."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

from docs.generator.navigation import DOCS

# pandas puts a style sheet before each frame, which would apply to the whole page.
_STYLE = re.compile(r"<style.*?</style>\s*", re.DOTALL)


def notebook_pages() -> dict[str, str]:
    """Return the page of each notebook, by its path in the site; this runs the notebooks."""
    paths = sorted((DOCS / "notebooks").glob("*.ipynb"))
    return {notebook_page_path(path): notebook_page(path.name, _executed(path).cells) for path in paths}


def notebook_page_path(path: Path) -> str:
    """Return the path in the site of a notebook's page."""
    return path.relative_to(DOCS).with_suffix(".md").as_posix()


def notebook_page(name: str, cells: list[Any]) -> str:
    """Return executed cells as Markdown, with a link to the notebook below the title.

    Args:
        name: file name of the notebook.
        cells: cells of ``nbformat``; those of code have their outputs.
    """
    parts = []
    for cell in cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        else:
            parts += [f"```python\n{cell.source}\n```", *filter(None, map(_shown, cell.outputs))]
    link = f"This page is the notebook [{name}]({name}), with what its cells show."
    return "\n\n".join([parts[0], link, *parts[1:]]) + "\n"


def _executed(path: Path) -> Any:
    """Return a notebook after its cells were run in an empty folder.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    with TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
    return notebook


def _shown(output: Any) -> str:
    """Return an output as HTML; empty for stderr, which has the log and the progress bars."""
    if output.output_type == "stream":
        return _in_block(f"<pre>{escape(output.text)}</pre>") if output.name == "stdout" else ""
    if "text/html" in output.data:
        return _in_block(_STYLE.sub("", output.data["text/html"]))
    return _in_block(f"<pre>{escape(output.data['text/plain'])}</pre>")


def _in_block(html: str) -> str:
    # On one line, because Markdown ends a block of HTML at an empty line, and takes indented lines for code.
    one_line = html.strip().replace("\n", "&#10;")
    return f'<div class="notebook-output">{one_line}</div>'
