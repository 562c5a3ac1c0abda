"""Numbers of a LaTeX file against those of the study."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanreg.cli.main import main
from spanreg.studies.report.formats.verification import KeyedNumber, agrees, keyed_numbers_in, rounded_as


@pytest.fixture
def study(make_study: Callable[..., Path]) -> Path:
    right = [[1] * count + [0] * (20 - count) for count in (10, 12, 11, 16, 19, 17)]
    return make_study({"plain": dict(enumerate(right[:3], 1)), "a/b%": dict(enumerate(right[3:], 1))}, [1] * 20)


@pytest.fixture
def paper(study: Path, tmp_path: Path) -> Path:
    """The table as it is written, in a paper with text around it."""
    file = tmp_path / "paper.tex"
    assert main(["report", str(study), "-o", str(file)]) == 0
    file.write_text("\\section{Results}\n% no key\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def edited(paper: Path, old: str, new: str) -> int:
    """Line of the edited number, counted from 1."""
    text = paper.read_text(encoding="utf-8")
    assert old in text
    paper.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_written_table_agrees(study: Path, paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["report", str(study), "--verify", str(paper)]) == 0
    assert capsys.readouterr().out == f"{paper}: 12 numbers agree with the study\n"


def test_each_mismatch_is_one_line(study: Path, paper: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = edited(paper, "55.00 %", "\\textbf{55.10} %")
    second = edited(paper, "+31.67", "$+$31.76")
    capsys.readouterr()
    assert main(["report", str(study), "--verify", str(paper)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{paper}:{first}: plain/idioms/accuracy/mean is 55.00 in the study, but 55.10 is printed",
        f"{paper}:{second}: a%2Fb%25/idioms/accuracy/difference is +31.67 in the study, but +31.76 is printed",
    ]
    assert main(["report", str(study), "--verify", str(paper), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["checked"], [one["line"] for one in found["mismatches"]]) == (12, [first, second])


def test_fewer_places_and_other_signs_agree(study: Path, paper: Path) -> None:
    edited(paper, "55.00 %", "55 %")
    edited(paper, "+31.67", "$+$31.7")
    edited(paper, "1,000%", "1{,}000%")
    assert main(["report", str(study), "--verify", str(paper)]) == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "plain/idioms/accuracy/mean",
            "plian/idioms/accuracy/mean",
            "unknown key 'plian/idioms/accuracy/mean'. did you mean 'plain/",
        ),
        ("55.00 %", "\n%", "no number is before the comment of 'plain/idioms/accuracy/mean'. keep both on one line"),
    ],
)
def test_mistakes(
    study: Path, paper: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    line = edited(paper, old, new) + new.count("\n")
    assert main(["report", str(study), "--verify", str(paper)]) == 2
    assert f"{paper}:{line}: {message}" in capsys.readouterr().err


def test_nothing_to_compare_is_a_mistake(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.tex").write_text("55.00\n", encoding="utf-8")
    files = ["--verify", str(tmp_path / "empty.tex"), "--verify", str(tmp_path / "none.tex")]
    assert main(["report", str(study), *files]) == 2
    problems = capsys.readouterr().err
    assert "empty.tex: no number has a key comment" in problems
    assert "none.tex: cannot be read" in problems
    assert main(["report", str(study), *files, "-o", "x.md"]) == 2


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
    ],
)
def test_how_numbers_are_written(line: str, printed: str) -> None:
    assert list(keyed_numbers_in(f"first\n{line}\n")) == [KeyedNumber(2, "k", printed)]


def test_an_escaped_sign_begins_no_comment() -> None:
    assert list(keyed_numbers_in(r"50 \% spanreg: k")) == []


@given(st.floats(-1e6, 1e6), st.integers(0, 4), st.sampled_from(["", "+", ",", "+,"]))
def test_a_rounded_number_agrees_and_its_neighbour_does_not(value: float, places: int, form: str) -> None:
    printed = format(value, f"{form}.{places}f")
    assert agrees(printed, value)
    assert rounded_as(printed, value) == printed
    step = 10.0**-places
    assert not agrees(format(float(printed.replace(",", "")) + 2 * step, f".{places}f"), value)


def test_bounds() -> None:
    assert agrees("< 0.001", 0.0009)
    assert not agrees("< 0.001", 0.001)
    assert rounded_as("< 0.001", 0.0123) == "0.01230"
