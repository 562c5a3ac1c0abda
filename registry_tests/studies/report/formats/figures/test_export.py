"""write_figures: charts as SVG and PDF, with reproducible bytes, embedded fonts and any names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from spanreg.cli.main import main
from spanreg.registry import ConfigurationError
from spanreg.studies.report.blocks import Figure, Section
from spanreg.studies.report.charts import (
    Bar,
    BarChart,
    Chart,
    Interval,
    IntervalChart,
    Line,
    LineChart,
    MatrixChart,
    Point,
    PointChart,
    RankChart,
)
from spanreg.studies.report.formats.figures.export import write_figures
from spanreg.studies.report.formats.figures.style import drawable_names

pytest.importorskip("matplotlib", reason="figures need matplotlib (extra report)")

HOSTILE = r"$x^{ \frac 模型 🎉 <b>&" + "\ud800\n\x07"
"Invalid mathematics, characters that the font lacks, and characters that XML does not allow."

INTERVALS = (
    Interval(HOSTILE, 1.0, 0.5, 1.5, (0.9, 1.1), "better", HOSTILE),
    Interval("none", None),
    Interval("b", -1.0),
)
LINES = (
    Line(HOSTILE, ((16.0, 1.0), (64.0, 2.0)), spread=((0.5, 1.5), (1.5, 2.5))),
    Line("b", ((16.0, 2.0),), "baseline"),
)
CHARTS: dict[str, Chart] = {
    "intervals": IntervalChart(INTERVALS, HOSTILE, margin=0.5),
    "lines": LineChart(LINES, HOSTILE, HOSTILE, logarithmic=True),
    "points": PointChart(
        (Point(HOSTILE, 1.1, 2.0, 1.0, 3.0, "worse"), Point("b", 1.2, 1.0)), HOSTILE, HOSTILE, (1.0, 0.0)
    ),
    "matrix": MatrixChart(
        (HOSTILE, "b"), ("c", HOSTILE), ((1.0, None), (-1.0, 0.0)), (("+1.00*", ""), ("-1.00", HOSTILE))
    ),
    "ranks": RankChart((HOSTILE, "b", "c"), (1.5, 2.0, 2.5), ((0, 1), (1, 2)), 1.2),
    "bars": BarChart((Bar(HOSTILE, 3.0), Bar("2", 0.0)), HOSTILE, HOSTILE),
}


def sections_of(chart: Chart) -> list[Section]:
    """Return a section with one figure."""
    return [Section("own panel", "t", (Figure("a/b", f"Title {HOSTILE}", chart),))]


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_reproducible(name: str, tmp_path: Path) -> None:
    (first,) = write_figures(sections_of(CHARTS[name]), tmp_path / "first", ["svg"])
    (second,) = write_figures(sections_of(CHARTS[name]), tmp_path / "second", ["svg"])
    assert first.read_bytes() == second.read_bytes()
    root = ElementTree.fromstring(first.read_bytes())
    assert not list(root.iter("{http://www.w3.org/2000/svg}text")), "texts are outlines"
    # Only the colours of a matrix are an image.
    assert not list(root.iter("{http://www.w3.org/2000/svg}image")) or name == "matrix"


def test_a_pdf_has_embedded_fonts_and_no_date(tmp_path: Path) -> None:
    chart = BarChart((Bar("1", 3.0), Bar("2", 2.0)), "words", "spans")
    (first,) = write_figures(sections_of(chart), tmp_path / "first", ["pdf"])
    (second,) = write_figures(sections_of(chart), tmp_path / "second", ["pdf"])
    content = first.read_bytes()
    assert content == second.read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/FontFile2" in content
    assert b"/Type3" not in content, "conferences refuse Type 3 fonts"
    assert b"CreationDate" not in content
    # Hostile names must not stop the PDF writer.
    assert write_figures(sections_of(CHARTS["bars"]), tmp_path, ["pdf"])[0].stat().st_size > 1000


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["plain", "aggregator=hierarchical"], ["plain", "aggregator=hierar…"]),
        # Names with equal beginnings, equal ends, and a difference in the middle.
        (["aggregator=cnn,min_count=1", "aggregator=cnn,min_count=2"], ["aggreg…min_count=1", "aggreg…min_count=2"]),
        (["one,aggregator=hierarchical", "two,aggregator=hierarchical"], ["one,aggregator=hi…", "two,aggregator=hi…"]),
        (
            ["aggregator=cnn,segmenter=a,size=10000", "aggregator=cnn,segmenter=b,size=10000"],
            ["…nter=a,size=10000", "…nter=b,size=10000"],
        ),
        (
            [
                "aggregator=a,segmenter=x,size=100",
                "aggregator=b,segmenter=x,size=100",
                "aggregator=b,segmenter=y,size=100",
            ],
            ["a,x,100", "b,x,100", "b,y,100"],
        ),
        (["a" * 30 + "x" + "b" * 30, "a" * 30 + "y" + "b" * 30], ["1: aaaaaaaaaaaaaa…", "2: aaaaaaaaaaaaaa…"]),
        (["one", "one"], ["one", "one"]),
        (["a" * 30, "a" * 30], ["aaaaaaaaaaaaaaaaa…"] * 2),
    ],
)
def test_shortened_names_stay_different(names: list[str], shown: list[str]) -> None:
    assert drawable_names(names, 18) == shown


def test_a_matrix_of_many_columns_has_room_for_its_texts(tmp_path: Path) -> None:
    def width(columns: int) -> float:
        names = tuple(f"arm {number}" for number in range(columns))
        chart = MatrixChart(names, names, ((1.0,) * columns,) * columns, (("+10.00*",) * columns,) * columns)
        (path,) = write_figures(sections_of(chart), tmp_path, ["svg"])
        return float(ElementTree.fromstring(path.read_bytes()).attrib["width"].removesuffix("pt"))

    assert width(3) == pytest.approx(72 * 5.5), "the text column of a paper"
    # Seven letters of 6 points, of which one takes 0.6 of its height.
    assert width(30) > 30 * 7 * 6 * 0.6


def test_file_names_are_unique(tmp_path: Path) -> None:
    chart = CHARTS["bars"]
    sections = [Section("p", "t", (Figure("a/b", "t", chart), Figure("a b", "t", chart), Figure("A_b", "t", chart)))]
    names = [path.name for path in write_figures(sections, tmp_path, ["svg"])]
    assert names == ["p-a-b.svg", "p-a-b-2.svg", "p-A_b.svg"]


def test_the_command_writes_all_charts_of_a_study(
    make_study: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = {"plain": (10, 12, 11), "spans": (16, 19, 17)}
    predictions = {
        arm: {seed: [1] * count + [0] * (20 - count) for seed, count in enumerate(right, 1)}
        for arm, right in counts.items()
    }
    study = make_study(predictions, [1] * 20)
    folder = tmp_path / "figures"
    arguments = ["report", str(study), "--figures", str(folder), "--panels", "results,cost", "--format"]
    assert main([*arguments, "svg"]) == 0
    names = ["results-forest.svg", "cost-time.svg", "cost-memory.svg", "cost-weights.svg"]
    assert capsys.readouterr().out.splitlines() == [str(folder / name) for name in names]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert main([*arguments, "png"]) == 2
    assert "--format: there is no format 'png' of figures. formats of figures: svg, pdf" in capsys.readouterr().err
    assert main([*arguments[:4], "-o", "report.md"]) == 2


def test_a_report_without_charts_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--figures: the report has no charts"):
        write_figures([Section("a", "b", ())], tmp_path)


def test_a_missing_matplotlib_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.packages.has_package", lambda package: False)
    with pytest.raises(ConfigurationError, match=r"matplotlib.*spanreg\[report\]"):
        write_figures(sections_of(CHARTS["bars"]), tmp_path)


def test_settings_of_matplotlib_do_not_change_figures(tmp_path: Path) -> None:
    import matplotlib as mpl

    plain = write_figures(sections_of(CHARTS["lines"]), tmp_path / "plain", ["svg"])[0].read_bytes()
    with mpl.rc_context({"figure.facecolor": "red", "lines.linewidth": 9, "svg.fonttype": "none"}):
        styled = write_figures(sections_of(CHARTS["lines"]), tmp_path / "styled", ["svg"])[0].read_bytes()
    assert plain == styled
