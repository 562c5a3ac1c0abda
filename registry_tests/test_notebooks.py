"""The notebooks of ``docs/notebooks`` run from top to bottom and show the tables that their texts mention."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from docs.generator.notebook_pages import notebook_page
from registry_tests.warm_python import WarmPython

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))


def read_notebook(path: Path) -> Any:
    """Return a parsed notebook."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    """Return the code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory, warm_python: WarmPython) -> dict[str, list[Any]]:
    """Return the code cells of each notebook with their outputs."""
    folder, combined = tmp_path_factory.mktemp("notebooks"), nbformat.v4.new_notebook()
    starts = {}
    for path in NOTEBOOKS:
        cells = read_notebook(path).cells
        # One kernel for all notebooks saves two starts; each notebook begins with an empty namespace.
        combined.cells.append(nbformat.v4.new_code_cell("%reset -f"))
        starts[path.stem] = (len(combined.cells), len(cells))
        combined.cells += cells
    with pytest.MonkeyPatch.context() as patch:
        # The kernel runs in a temporary folder, where it would not find a package that is not installed.
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
        patch.setattr(sys, "executable", warm_python.program)
        NotebookClient(
            combined, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        ).execute()
    return {
        name: [cell for cell in combined.cells[start : start + count] if cell.cell_type == "code"]
        for name, (start, count) in starts.items()
    }


def shown_html(cells: list[Any]) -> str:
    """Return all HTML in the outputs of the cells."""
    outputs = [output for cell in cells for output in cell.outputs]
    return "\n".join(output.data["text/html"] for output in outputs if "text/html" in output.get("data", {}))


def printed_text(cells: list[Any], stream: str = "stdout") -> str:
    """Return all text that the cells print to a stream."""
    outputs = [output for cell in cells for output in cell.outputs if output.output_type == "stream"]
    return "".join(output.text for output in outputs if output.name == stream)


def test_quickstart_shows_spans_and_errors(executed: dict[str, list[Any]]) -> None:
    cells = executed["quickstart"]
    page = shown_html(cells)
    assert "<strong>dictionary of " in page
    assert "<mark style=" in page, "spans in colours"
    assert ">spilled the beans</mark>" in page
    assert "training.epochs: is true, a boolean. give a number" in printed_text(cells)
    assert "training: 100%" in printed_text(cells, "stderr"), "the notebook's own bar"
    assert "Loading weights" not in printed_text(cells, "stderr")


def test_own_component_shows_a_wrong_key_and_the_new_class(executed: dict[str, list[Any]]) -> None:
    cells = executed["own_component"]
    assert "bais: is not an argument of GatedMean. did you mean 'bias'?" in printed_text(cells)
    assert "aggregator: gated_mean" in shown_html(cells)


def test_study_shows_the_plan_and_the_report(executed: dict[str, list[Any]]) -> None:
    page = shown_html(executed["study"])
    assert "2 arms, 4 runs; compared with &#x27;plain&#x27;" in page
    assert "<strong>study study</strong>" in page
    assert 'class="dataframe"' in page


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stripped(path: Path) -> None:
    notebook = read_notebook(path)
    nbformat.validate(notebook)
    assert [cell.id for cell in code_cells(notebook) if cell.outputs or cell.execution_count is not None] == []
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_a_page_has_texts_code_and_outputs(executed: dict[str, list[Any]]) -> None:
    path = NOTEBOOKS[0].with_name("quickstart.ipynb")
    cells = [cell for cell in read_notebook(path).cells if cell.cell_type == "markdown"][:1] + executed["quickstart"]
    page = notebook_page(path.name, cells)
    assert page.startswith("# ")
    assert f"[{path.name}]({path.name})" in page
    assert page.count("```python\n") == len(executed["quickstart"])
    assert "spilled the beans</mark>" in page
    assert "training: 100%" not in page, "progress bars are left out"
    # Markdown would end the block at an empty line, and show indented lines as code.
    outputs = [line for line in page.splitlines() if line.startswith('<div class="notebook-output">')]
    assert len(outputs) >= 8
    assert all(line.count("<div") == line.count("</div>") for line in outputs)
