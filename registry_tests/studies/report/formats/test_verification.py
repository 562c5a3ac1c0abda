"""Verification: numbers of a LaTeX file with key comments are compared with those of the study."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.cli.main import main
from spanreg.studies.report.formats.verification import KeyedNumber, agrees, keyed_numbers_in, rounded_as


def predictions_by_seed(*counts: int) -> dict[int, list[int]]:
    """Return 20 predictions for each seed, the first of which are ones."""
    return {seed: [1] * count + [0] * (20 - count) for seed, count in enumerate(counts, 1)}


@pytest.fixture
def study(make_study: Callable[..., Path]) -> Path:
    """Return a study of two arms and three seeds, with these numbers of right predictions of 20."""
    plain, other = (predictions_by_seed(*counts) for counts in ((10, 12, 11), (16, 19, 17)))
    return make_study({"plain": plain, "a/b%": other}, [1] * 20)


@pytest.fixture
def paper(study: Path, tmp_path: Path) -> Path:
    """Return a LaTeX file with the written table after other text."""
    file = tmp_path / "paper.tex"
    assert main(["report", str(study), "-o", str(file)]) == 0
    file.write_text("\\section{Results}\n% no key\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def edit(paper: Path, old: str, new: str) -> int:
    """Replace a passage, and return its line, counted from 1."""
    text = paper.read_text(encoding="utf-8")
    assert old in text
    paper.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_written_table_agrees(study: Path, paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["report", str(study), "--verify", str(paper)]) == 0
    assert capsys.readouterr().out == f"{paper}: 12 numbers agree with the study\n"


def test_each_mismatch_is_printed_on_one_line(study: Path, paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = edit(paper, "55.00 %", "\\textbf{55.10} %")
    second = edit(paper, "+31.67", "$+$31.76")
    capsys.readouterr()
    assert main(["report", str(study), "--verify", str(paper)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{paper}:{first}: plain/idioms/accuracy/mean is 55.00 in the study, but 55.10 is printed",
        f"{paper}:{second}: a%2Fb%25/idioms/accuracy/difference is +31.67 in the study, but +31.76 is printed",
    ]
    assert main(["report", str(study), "--verify", str(paper), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["checked"], [mismatch["line"] for mismatch in found["mismatches"]]) == (12, [first, second])


def test_numbers_agree_with_fewer_digits_and_other_notation(study: Path, paper: Path) -> None:
    edit(paper, "55.00 %", "55 %")
    edit(paper, "+31.67", "$+$31.7")
    edit(paper, "1,000%", "1{,}000%")
    assert main(["report", str(study), "--verify", str(paper)]) == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "plain/idioms/accuracy/mean",
            "plian/idioms/accuracy/mean",
            "unknown key 'plian/idioms/accuracy/mean'. did you mean 'plain/",
        ),
        (
            "55.00 % spanreg: ",
            "55.00 % spanreg: a % spanreg: ",
            "two keys are on one line, 'a' and 'plain/idioms/accuracy/mean'. begin a new line after the first key",
        ),
        ("55.00 %", "\n%", "no number is before the comment of 'plain/idioms/accuracy/mean'. keep both on one line"),
    ],
)
def test_wrong_keys_are_rejected(
    study: Path, paper: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    line = edit(paper, old, new) + new.count("\n")
    assert main(["report", str(study), "--verify", str(paper)]) == 2
    assert f"{paper}:{line}: {message}" in capsys.readouterr().err


def test_files_without_keys_are_rejected(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.tex").write_text("55.00\n", encoding="utf-8")
    files = ["--verify", str(tmp_path / "empty.tex"), "--verify", str(tmp_path / "none.tex")]
    assert main(["report", str(study), *files]) == 2
    problems = capsys.readouterr().err
    assert "empty.tex: no number has a key comment" in problems
    assert "none.tex: cannot be read: No such file" in problems
    assert main(["report", str(study), *files, "-o", "x.md"]) == 2


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_rejected(
    study: Path, paper: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    line = edit(paper, "\\section{Results}", "\\section{R\xe9sultats}")
    paper.write_text(paper.read_text(encoding="utf-8"), encoding=encoding)
    assert main(["report", str(study), "--verify", str(paper)]) == 2
    assert f"{paper}:{line}: the file is not in UTF-8: unexpected byte 0x" in capsys.readouterr().err


def test_numbers_of_every_panel_are_compared(
    make_study: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predictions, arms = {}, {}
    for counts, (aggregator, segmenter) in zip(
        ((10, 12, 11), (16, 19, 17), (9, 8, 10), (18, 20, 16)),
        product(("none", "cnn"), ("fixed", "random")),
        strict=True,
    ):
        name = f"aggregator={aggregator},segmenter={segmenter}"
        predictions[name] = predictions_by_seed(*counts)
        arms[name] = {"choice": {"aggregator": aggregator, "segmenter": segmenter}}
    plan = {"modes": ["grid"], "compare": "all", "slices": ["label"], "margin": 2.0}
    study = make_study(predictions, [0, 1] * 10, arms=arms, plan=plan)
    # Several of these panels are shown only by --panels.
    file, panels = tmp_path / "all.tex", "results,pairs,slices,factorial,cost,spans,selection"
    assert main(["report", str(study), "-o", str(file), "--panels", panels]) == 0
    text = file.read_text(encoding="utf-8")
    assert main(["report", str(study), "--verify", str(file)]) == 0
    assert f"{text.count('% spanreg: ')} numbers agree" in capsys.readouterr().out
    tables = text.split("\\begin{tabular}")[1:]
    assert len(tables) == panels.count(",") + 1
    for table in tables:
        # One more digit after the first number that has a key.
        changed = re.sub(r"(\d)( ?% spanreg: )", r"\g<1>7\2", table, count=1)
        assert changed != table
        file.write_text(changed, encoding="utf-8")
        assert main(["report", str(study), "--verify", str(file)]) == 1


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("55.00 % spanreg: k", "55.00"),
        (r"\textbf{55.00} % spanreg: k", "55.00"),
        (r"81.2 $\pm$ 0.4 %spanreg: k", "0.4"),
        (r"$-$1.20% spanreg: k", "-1.20"),
        ("\N{MINUS SIGN}1.20% spanreg: k", "-1.20"),
        (r"$-1.20$ & % spanreg: k", "-1.20"),
        (r"$<$ 0.001 % spanreg: k", "< 0.001"),
        (r"$p<0.05$ % spanreg: k", "< 0.05"),
        (r"80--81.5 % spanreg: k", "81.5"),
        (r"12\,345 % spanreg: k", "12345"),
        (r"50\% % spanreg: k", "50"),
        (r"a & 7 \\% spanreg: k", "7"),
        (r"55{,}00 % spanreg: k", "55,00"),
        ("text % spanreg: k", ""),
        (r"$-$\textbf{1.20}$^{\dagger}$ & % spanreg: k", "-1.20"),
        (r"\textcolor{red}{$-$0.5} % spanreg: k", "-0.5"),
        (r"71.3\phantom{0}$^{1}$ % spanreg: k", "71.3"),
        (r"71.3\textsuperscript{ab}** % spanreg: k", "71.3"),
        (r"81.2$^{+0.4}$ % spanreg: k", "+0.4"),
        (r"81.2$_{\pm 0.4}$ % spanreg: k", "0.4"),
        (r"71.3 \\[2pt] \cmidrule(lr){2-3} % spanreg: k", "71.3"),
        (r"\multicolumn{2}{c}{71.3} % spanreg: k", "71.3"),
        (r"80 - 81.5 % spanreg: k", "81.5"),
        (r"BERT-3 % spanreg: k", "3"),
        (r"$1.2\times10^{-3}$ % spanreg: k", "1.2e-3"),
        (r"1e-05 % spanreg: k", "1e-05"),
        (r"\textless{}0.001 % spanreg: k", "< 0.001"),
        (r"71.3 % checked % spanreg: k", "71.3"),
    ],
)
def test_numbers_are_read_in_all_notations_of_latex(line: str, printed: str) -> None:
    assert list(keyed_numbers_in(f"first\n{line}\n")) == [KeyedNumber(2, "k", printed)]


@pytest.mark.parametrize("line", [r"50 \% spanreg: k", "% 71.30 % spanreg: k", "  % old: 71.30 % spanreg: k"])
def test_comments_and_escaped_signs_have_no_keys(line: str) -> None:
    assert list(keyed_numbers_in(line)) == []


def test_powers_of_ten_agree_by_their_digits() -> None:
    assert agrees("1.2e-3", 0.00124)
    assert not agrees("1.2e-3", 0.00126)
    assert rounded_as("1.2e-3", 0.0024) == "2.4e-03"


@given(st.floats(-1e6, 1e6), st.integers(0, 4), st.sampled_from(["", "+", ",", "+,"]))
def test_only_a_rounded_number_agrees(value: float, places: int, form: str) -> None:
    printed = format(value, f"{form}.{places}f")
    assert agrees(printed, value)
    assert rounded_as(printed, value) == printed
    step = 10.0**-places
    assert not agrees(format(float(printed.replace(",", "")) + 2 * step, f".{places}f"), value)


def test_bounds_agree_with_smaller_numbers() -> None:
    assert agrees("< 0.001", 0.0009)
    assert not agrees("< 0.001", 0.001)
    assert rounded_as("< 0.001", 0.0123) == "0.01230"
